import type { RequestId } from "@vouch/protocol";
import type { Next, StepDeps } from "./step.ts";

/**
 * What follows where an answer, or a part of what supports it, is not kept any more: the request is run and signed as if for the first
 * time. The sign log stands between: where the answer was signed otherwise, that ends as `EQUIVOCATION_REFUSED` and the lock is given up.
 */
export function answerAnew(request: RequestId, { log }: Pick<StepDeps, "log">): Next {
  log.warn({ requestId: request }, "the answer is not kept: it is made anew");
  return { next: "infer" };
}
