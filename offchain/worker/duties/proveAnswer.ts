import type { EncodedEvidence, Evidence, Hex, Statement } from "@vouch/protocol";
import { encodeEvidence, evidenceKindIndex, hashOfWords, statementDigest } from "@vouch/protocol";
import { findContractError } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import type { StatementProver } from "../proving/statementProver.ts";
import type { AnswerRecord } from "./answerRecord.ts";
import type { DutyDeps } from "./duty.ts";
import type { KeptBytes } from "./keptBytes.ts";
import { runRelease } from "../runRelease.ts";

/** What proving takes beside what every duty has. */
export type ProveDeps = DutyDeps & {
  /** Proofs by the digest of their statement: one is made once, whatever becomes of the transaction that brings it. */
  readonly proofs: KeptBytes;
  readonly prover: StatementProver;
};

/**
 * Returns the proof of an answer's very statement, encoded as the router takes it: the one that was kept, or one made anew from
 * the release, the input's words and what opens them. Either is one that the router accepts now.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`, `ANSWER_INDEFENSIBLE`, `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`,
 * `MODEL_RUN_FAILED`, `STORE_UNWRITABLE`; {ProverError}; the router's refusal of a proof that was made here.
 */
export async function proveAnswer(answer: AnswerRecord, deps: ProveDeps): Promise<Hex> {
  const { request, params, operator, output } = answer;
  const statement: Statement = {
    release: params.release,
    request,
    operator,
    inputHash: hashOfWords(params.input),
    outputHash: hashOfWords(output),
  };
  const digest = statementDigest(deps.domain, statement);
  const kept = deps.proofs.load(digest);
  if (kept !== undefined && (await isAccepted(answer, kept, deps))) return kept;

  const served = await deps.releases.get(params.release);
  const { words, witness } = await runRelease(served, request, params.input, deps.openings);
  if (hashOfWords(words) !== statement.outputHash) {
    const answered = statement.outputHash;
    throw new WorkerError({ code: "ANSWER_INDEFENSIBLE", request, answered });
  }
  const evidence: Evidence = await deps.prover.prove({ served, witness, digest, request });
  const proof = encodeEvidence(evidence).data;
  await assess(answer, proof, deps);
  deps.proofs.save(digest, proof);
  return proof;
}

/** A file that somebody damaged is proven again. */
async function isAccepted(answer: AnswerRecord, proof: Hex, deps: DutyDeps): Promise<boolean> {
  try {
    await assess(answer, proof, deps);
    return true;
  } catch (error) {
    if (findContractError(error) === undefined) throw error;
    return false;
  }
}

/** As `Disputes.answer` has it verified. */
async function assess(
  { request, params, operator, output }: AnswerRecord,
  data: Hex,
  { contracts: { router } }: DutyDeps,
): Promise<void> {
  const evidence: EncodedEvidence[] = [{ kind: evidenceKindIndex("zk"), data }];
  const { release, input } = params;
  await router.assess({
    release,
    request,
    operator,
    input: [...input],
    output: [...output],
    evidence,
  });
}
