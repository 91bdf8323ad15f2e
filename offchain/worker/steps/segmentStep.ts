import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import { chainNow } from "../duties/duty.ts";
import { WorkerError } from "../errors.ts";
import { leaveToOthers } from "./leaveToOthers.ts";
import type { ProveStepDeps } from "./openAnswer.ts";
import { openAnswer } from "./openAnswer.ts";
import type { Answered, Next, SegmentPart, Shared, StepDeps } from "./step.ts";
import { isUnanswered } from "./step.ts";

/**
 * Proves one segment of a kept answer, whoever proves the others, and keeps its proof. Nothing is proven for a request that this
 * operator does not hold any more. What it is told is its place and the joins; all that it proves by, it derives itself.
 *
 * @returns `prove` where it was the last one that was missing, `gathering` where it was not
 * @throws {WorkerError} `SEGMENT_JOINS_DIFFER`; what `openAnswer` throws; {ProverError}.
 */
export async function segmentStep(
  answered: Answered,
  { index, digest, joins }: SegmentPart,
  deps: ProveStepDeps & Pick<StepDeps, "contracts">,
  signal?: AbortSignal,
): Promise<Next | Shared> {
  const { id, plan } = answered;
  const over = await isOver(answered, deps);
  if (over !== undefined) return over;
  const task = await openAnswer(answered, deps);
  if ("next" in task) return task.next === "settle" ? { next: "over" } : task;
  const { prover } = deps;
  const own = prover.claimsOf(task);
  const claim = own.claims[index];
  // The digest is one of all joins, the place and the statement.
  if (claim?.key.digest !== digest || String(own.joins) !== String(joins))
    throw new WorkerError({ code: "SEGMENT_JOINS_DIFFER", request: id, segment: index });
  await prover.proofOf(task, claim, signal);
  // Each looks behind its own, so that whoever is last sees that all are there.
  return (await prover.hasAll(own.claims)) ? { next: "prove", plan } : { next: "gathering" };
}

/** What follows where a proof would serve nobody now; one that the chain does not show as locked may be locked all the same. */
export async function isOver(
  request: Answered,
  deps: Pick<StepDeps, "answers" | "contracts" | "operator">,
): Promise<Next | undefined> {
  const { requests } = deps.contracts;
  const status = enumName(REQUEST_STATUSES, await requests.statusOf(request.id));
  if (!isUnanswered(status)) return { next: "over" };
  const isOwn =
    status === "locked" && (await requests.operatorOf(request.id)).toLowerCase() === deps.operator;
  if (!isOwn) return leaveToOthers(request, undefined, deps);
  // The lock is ended where it was taken.
  return (await chainNow(deps.contracts)) > request.params.deadline ? { next: "infer" } : undefined;
}
