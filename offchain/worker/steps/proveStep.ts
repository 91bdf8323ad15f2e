import { encodeEvidence, hashOfWords } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import { execute } from "../execute.ts";
import { proveStatement } from "../proveStatement.ts";
import { timed } from "../timed.ts";
import { answerAnew } from "./answerAnew.ts";
import type { Answered, Next, StepDeps } from "./step.ts";

/**
 * Adds the proof to a kept answer. The release is run again for the witness: private inputs stay where they are, and a run costs
 * next to nothing beside a proof. An answer that is lost is made anew.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`, `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `ANSWER_DIFFERS`;
 * {ExecutionError} `MODEL_RUN_FAILED`; {ProverError}.
 */
export async function proveStep(
  { id, params, plan }: Answered,
  deps: Pick<StepDeps, "answers" | "releases" | "operator" | "domain" | "home" | "emit" | "log">,
): Promise<Next> {
  const answer = await deps.answers.get(id);
  if (answer === undefined) return answerAnew(id, deps);
  if (answer.evidence.has("zk")) return { next: "settle", plan };
  const served = await deps.releases.get(params.release);
  const { witness, statement, digest } = await execute({ id, input: params.input }, served, deps);
  const signed = hashOfWords(answer.words);
  if (signed !== statement.outputHash)
    throw new WorkerError({
      code: "ANSWER_DIFFERS",
      request: id,
      signed,
      now: statement.outputHash,
    });
  const proven = await timed(() => proveStatement(served, witness, digest));
  deps.emit({ status: "proved", request: id, ms: proven.ms });
  await deps.answers.putEvidence(id, "zk", encodeEvidence(proven.value).data);
  return { next: "settle", plan };
}
