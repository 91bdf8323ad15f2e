import type { AnswerOptions } from "../duties/answerChallenge.ts";
import { followAnswer } from "../duties/answerChallenge.ts";
import { chainNow } from "../duties/duty.ts";
import type { ProveDeps } from "../duties/proveAnswer.ts";
import type { Next, Watched } from "./step.ts";

/**
 * Takes an answer that is open to challenge one step further: defends it, makes it final once its window is over.
 *
 * @throws what `followAnswer` throws.
 */
export async function watchStep(
  { id }: Pick<Watched, "id">,
  options: AnswerOptions,
  deps: ProveDeps,
): Promise<Next> {
  const step = await followAnswer(id, options, deps);
  if (step.status === "over") return { next: "over" };
  if (step.status === "waiting")
    return { next: "later", until: step.until, reason: "it may be challenged" };
  return { next: "later", until: await chainNow(deps.contracts), reason: step.status };
}
