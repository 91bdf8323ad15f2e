import type { DutyStep } from "../duties/duty.ts";
import { act } from "../duties/duty.ts";
import { WorkerError } from "../errors.ts";
import type { Intent } from "../send.ts";
import type { StepDeps } from "./step.ts";

/** Times that one request may be locked, given up and locked again. */
const MAX_ROUNDS = 16;

/**
 * Sends what a step demands until the chain has its effect. A key names a transaction for ever: where the one that it names was mined in
 * an earlier round, before the request was given up or a reorganisation took it back, the next key is taken.
 *
 * @throws {WorkerError} `DUTY_REFUSED`; what `Send` throws.
 */
export async function achieve(
  intent: Intent,
  isAchieved: () => Promise<boolean>,
  deps: Pick<StepDeps, "send" | "log">,
): Promise<DutyStep> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const step = await act(deps, { ...intent, key: `${intent.key}:${round}` });
    if (step.status !== "sent" || (await isAchieved())) return step;
  }
  const refusal = `${MAX_ROUNDS} transactions were mined and changed nothing`;
  throw new WorkerError({ code: "DUTY_REFUSED", key: intent.key, refusal });
}
