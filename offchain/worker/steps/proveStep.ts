import type { ZkEvidence } from "@vouch/protocol";
import { encodeEvidence } from "@vouch/protocol";
import { timed } from "../timed.ts";
import type { ProveStepDeps } from "./openAnswer.ts";
import { openAnswer } from "./openAnswer.ts";
import type { Answered, Next } from "./step.ts";

/**
 * Adds the proof to a kept answer, made whole in this process.
 *
 * @throws what `openAnswer` throws; {ProverError}.
 */
export async function proveStep(
  answered: Answered,
  deps: ProveStepDeps,
  signal?: AbortSignal,
): Promise<Next> {
  const task = await openAnswer(answered, deps);
  if ("next" in task) return task;
  const proven = await timed(() => deps.prover.prove(task, signal));
  return keepProof(answered, proven.value, proven.ms, deps);
}

/** Puts what proves an answer on record with it. */
export async function keepProof(
  { id, plan }: Answered,
  evidence: ZkEvidence,
  ms: number,
  { answers, emit }: Pick<ProveStepDeps, "answers" | "emit">,
): Promise<Next> {
  emit({ status: "proved", request: id, ms });
  await answers.putEvidence(id, "zk", encodeEvidence(evidence).data);
  return { next: "settle", plan };
}
