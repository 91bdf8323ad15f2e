import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import type { AnswerOptions } from "../duties/answerChallenge.ts";
import { followAnswer } from "../duties/answerChallenge.ts";
import { chainNow } from "../duties/duty.ts";
import type { ProveDeps } from "../duties/proveAnswer.ts";
import type { Next, Watched } from "./step.ts";
import { isUnanswered } from "./step.ts";

/**
 * Takes an answer that is open to challenge one step further: defends it, makes it final once its window is over. One that the chain
 * does not have is over when it cannot be given any more.
 *
 * @throws what `followAnswer` throws.
 */
export async function watchStep(
  { id, params }: Watched,
  options: AnswerOptions,
  deps: ProveDeps,
): Promise<Next> {
  const { requests } = deps.contracts;
  const isUnseen = isUnanswered(enumName(REQUEST_STATUSES, await requests.statusOf(id)));
  if (isUnseen && (await chainNow(deps.contracts)) > params.deadline) return { next: "over" };
  const step = await followAnswer(id, options, deps);
  if (step.status === "over") return { next: "over" };
  if (step.status === "waiting")
    return { next: "later", until: step.until, reason: "it may be challenged" };
  return { next: "later", until: await chainNow(deps.contracts), reason: step.status };
}
