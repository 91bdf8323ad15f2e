import { statementDigest } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import { execute } from "../execute.ts";
import { proveStatement } from "../proveStatement.ts";
import { timed } from "../serveRequest.ts";
import type { Next, StepDeps, Watched } from "./step.ts";

/**
 * Adds the proof to a kept answer. The release is run again for the witness: private inputs stay where they are, and a run costs
 * next to nothing beside a proof.
 *
 * @throws {WorkerError} `ANSWER_LOST`, `RELEASE_NOT_SERVED`, `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `MODEL_RUN_FAILED`,
 * `ANSWER_DIFFERS`; {ProverError}.
 */
export async function proveStep(
  { id, params }: Pick<Watched, "id" | "params">,
  deps: Pick<StepDeps, "answers" | "releases" | "operator" | "domain" | "home" | "emit">,
): Promise<Next> {
  const answer = await deps.answers.load(id);
  if (answer === undefined) throw new WorkerError({ code: "ANSWER_LOST", request: id });
  const { receipt } = answer;
  if (receipt.evidence.some(({ kind }) => kind === "zk")) return { next: "settle" };
  const served = await deps.releases.get(params.release);
  const { witness, digest } = await execute({ id, input: params.input }, served, deps);
  const signed = statementDigest(deps.domain, receipt.statement);
  if (digest !== signed)
    throw new WorkerError({ code: "ANSWER_DIFFERS", request: id, signed, now: digest });
  const proven = await timed(() => proveStatement(served, witness, digest));
  deps.emit({ status: "proved", request: id, ms: proven.ms });
  const evidence = [...receipt.evidence, proven.value];
  await deps.answers.save(id, { ...answer, receipt: { ...receipt, evidence } });
  return { next: "settle" };
}
