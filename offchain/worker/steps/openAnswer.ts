import type { Hex } from "@vouch/protocol";
import { hashOfWords } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import { execute } from "../execute.ts";
import type { ProofTask } from "../proving/statementClaims.ts";
import { answerAnew } from "./answerAnew.ts";
import type { Answered, Next, StepDeps } from "./step.ts";

/** What adding a proof to a kept answer takes. */
export type ProveStepDeps = Pick<
  StepDeps,
  "answers" | "releases" | "operator" | "domain" | "openings" | "prover" | "emit" | "log"
>;

/**
 * Returns what is to be proven of a kept answer, or what follows where nothing is. The release is run again for the witness: private
 * inputs stay where they are, and a run costs next to nothing beside a proof. An answer that is lost is made anew.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`, `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `ANSWER_DIFFERS`;
 * {ExecutionError} `MODEL_RUN_FAILED`.
 */
export async function openAnswer(
  { id, params, plan }: Answered,
  deps: ProveStepDeps,
): Promise<ProofTask | Next> {
  const answer = await deps.answers.get(id);
  if (answer === undefined) return answerAnew(id, deps);
  if (answer.evidence.has("zk")) return { next: "settle", plan };
  const served = await deps.releases.get(params.release);
  const { witness, statement, digest } = await execute({ id, input: params.input }, served, deps);
  const signed: Hex = hashOfWords(answer.words);
  if (signed !== statement.outputHash)
    throw new WorkerError({
      code: "ANSWER_DIFFERS",
      request: id,
      signed,
      now: statement.outputHash,
    });
  return { served, witness, digest, request: id };
}
