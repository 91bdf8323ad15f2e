import { timed } from "../timed.ts";
import type { ProveStepDeps } from "./openAnswer.ts";
import { openAnswer } from "./openAnswer.ts";
import { keepProof } from "./proveStep.ts";
import type { Answered, Next, Shared } from "./step.ts";

/**
 * Adds the proof to a kept answer: one circuit's is made here; of a release in segments, those proofs that are there are joined, and
 * what is missing is named, each for whoever takes it first.
 *
 * @throws what `openAnswer` throws; {ProverError}.
 */
export async function gatherStep(
  answered: Answered,
  deps: ProveStepDeps,
  signal?: AbortSignal,
): Promise<Next | Shared> {
  const task = await openAnswer(answered, deps);
  if ("next" in task) return task;
  const { prover } = deps;
  if (task.served.models.length === 1) {
    const proven = await timed(() => prover.prove(task, signal));
    return keepProof(answered, proven.value, proven.ms, deps);
  }
  const gathered = await timed(async () => {
    const { claims, joins, evidenceOf } = prover.claimsOf(task);
    const found = await prover.find(task, claims);
    const segments = claims.flatMap(({ key: { digest } }, index) =>
      found[index] === undefined ? [{ index, digest, joins }] : [],
    );
    const proofs = found.filter((it) => it !== undefined);
    return segments.length > 0 ? { segments } : { evidence: evidenceOf(proofs) };
  });
  const { value, ms } = gathered;
  if ("segments" in value)
    return { next: "segments", plan: answered.plan, segments: value.segments };
  return keepProof(answered, value.evidence, ms, deps);
}
