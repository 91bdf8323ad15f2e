import { batchDigest, batchWords, requireBatchPlace } from "./batches.ts";
import { ProtocolError } from "./errors.ts";
import type {
  BatchEvidence,
  BatchedStatement,
  CircuitEvidence,
  CommittedEvidence,
} from "./evidence.ts";
import type { Hex } from "./hex.ts";
import type { Receipt } from "./receipt.ts";
import type { ReleaseCircuit, SingleCircuit } from "./releaseCircuit.ts";
import { batchCircuitOf } from "./releaseCircuit.ts";
import type { Domain, Statement } from "./statement.ts";
import { hashOfWords, statementDigester } from "./statement.ts";
import { verifyCircuitProof } from "./verifyCircuitProof.ts";
import { requireCanonicalWords } from "./words.ts";

/** What one proof says of several inferences of a release. */
export type BatchClaim = {
  /** Commitment `W` of the release. */
  readonly weights: bigint;
  /** In the order of the proof's words. */
  readonly statements: readonly (Pick<Receipt, "input" | "output"> & { readonly digest: Hex })[];
};

/** Where statements of a batch are made, and of which release. */
export type BatchTerms = { readonly domain: Domain } & Pick<Statement, "release">;

/**
 * Verifies that one proof proves every statement, as `Groth16Evidence.recordBatch` does.
 *
 * @param circuit that of as many inferences; its encodings are those of one
 * @throws {ProtocolError} `WORD_COUNT`, `WORDS_NOT_CANONICAL`, naming the statement; `PROOF_INVALID`, naming the circuit;
 * `EVIDENCE_MALFORMED`, `REGISTRATION_MISSING`, `REGISTRATION_INVALID`, `KEY_INVALID` as `verifyProof`.
 */
export function verifyBatchProof(
  proof: CircuitEvidence | CommittedEvidence,
  { weights, statements }: BatchClaim,
  circuit: SingleCircuit,
): void {
  for (const [index, { input, output }] of statements.entries()) {
    requireCanonicalWords(`input of statement ${index}`, input, circuit.input);
    requireCanonicalWords(`output of statement ${index}`, output, circuit.output);
  }
  const words = batchWords(statements);
  const digest = batchDigest(statements.map((it) => it.digest));
  verifyCircuitProof(proof, { weights, words, digest }, circuit);
}

/** Returns the digests of the statements of a batch, in order, rebuilt from their words. */
export function digestsOf(
  { domain, release }: BatchTerms,
  statements: readonly BatchedStatement[],
): readonly Hex[] {
  const digest = statementDigester(domain);
  return statements.map(({ request, operator, input, output }) => {
    const hashes = { inputHash: hashOfWords(input), outputHash: hashOfWords(output) };
    return digest({ release, request, operator, ...hashes });
  });
}

/**
 * Verifies that a proof of several statements proves that of a receipt: the one at its place must be the receipt's own.
 *
 * @throws {ProtocolError} `BATCH_SIZE`, `BATCH_PLACE`, `BATCH_CIRCUIT_MISSING`, `BATCH_STATEMENT_MISMATCH` (naming the field that
 * differs), and as `verifyBatchProof`.
 */
export function verifyBatchEvidence(
  evidence: BatchEvidence,
  { domain, statement, input, output, release }: Receipt,
  circuit: ReleaseCircuit,
): void {
  const { place, statements } = evidence.batch;
  requireBatchPlace(place, statements.length);
  const of = batchCircuitOf(circuit, statements.length);
  for (const own of statements.slice(place, place + 1))
    requireSame(place, own, { ...statement, input, output });
  const digests = digestsOf({ domain, release: statement.release }, statements);
  const claims = statements.map((it, index) => ({ ...it, digest: digests[index] ?? "0x" })); // as many
  verifyBatchProof(evidence, { weights: release.weights, statements: claims }, of);
}

/** Words, not their hashes: these are derived from them on both sides. */
function requireSame(place: number, own: BatchedStatement, claimed: BatchedStatement): void {
  const differs = (["request", "operator", "input", "output"] as const).find(
    (field) => String(own[field]).toLowerCase() !== String(claimed[field]).toLowerCase(),
  );
  if (differs !== undefined)
    throw new ProtocolError({ code: "BATCH_STATEMENT_MISMATCH", place, field: differs });
}
