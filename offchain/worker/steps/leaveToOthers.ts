import { chainNow } from "../duties/duty.ts";
import type { Next, StepDeps, Watched } from "./step.ts";
import { UNSEEN_SECONDS } from "./step.ts";

/**
 * Leaves a request that a node says is not this operator's to others: at once, or behind its deadline where it was answered here, for a
 * node may lag behind the lock that the answer is for.
 */
export async function leaveToOthers(
  { id, params }: Watched,
  reason: string | undefined,
  { answers, contracts }: Pick<StepDeps, "answers" | "contracts">,
): Promise<Next> {
  const now = await chainNow(contracts);
  if (now <= params.deadline && (await answers.get(id)) !== undefined)
    return { next: "later", until: now + UNSEEN_SECONDS, reason: "its lock is not seen" };
  return reason === undefined ? { next: "over" } : { next: "over", reason };
}
