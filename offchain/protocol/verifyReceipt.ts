import type { Assurance } from "./assurance.ts";
import type { BatchInclusion } from "./batchInclusion.ts";
import { verifyInclusion } from "./batchInclusion.ts";
import type { CircuitTensor } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { Evidence, EvidenceKind, StatementSignature, ZkEvidence } from "./evidence.ts";
import { SCALAR_FIELD } from "./field.ts";
import type { UndecidedClause } from "./floorClauses.ts";
import { describeUndecided, findUndecided } from "./floorClauses.ts";
import type { Hex } from "./hex.ts";
import type { Execution } from "./execution.ts";
import type { Receipt } from "./receipt.ts";
import type { Release } from "./release.ts";
import { releaseId } from "./release.ts";
import type { ReleaseCircuit } from "./releaseCircuit.ts";
import {
  batchesOf,
  circuitsOf,
  outlinedAnew,
  releaseCircuitId,
  singleOf,
} from "./releaseCircuit.ts";
import type { Domain } from "./statement.ts";
import { hashOfWords, statementDigest } from "./statement.ts";
import { statementSigner } from "./statementSigner.ts";
import { requireTranscript } from "./textTranscript.ts";
import { verifyBatchEvidence } from "./verifyBatch.ts";
import { verifyProof } from "./verifyProof.ts";
import { requireCanonicalWords } from "./words.ts";

/** What the verifier knows from elsewhere; each one that is given must be what the receipt says. */
export type Expectations = {
  readonly chainId?: bigint;
  readonly router?: string;
  readonly release?: string;
  readonly request?: string;
  readonly operator?: string;
  /** Where the receipt is in its operator's batch. */
  readonly inclusion?: BatchInclusion;
};

/** One thing that was checked and holds. */
export type Check = { readonly name: string; readonly detail: string };

/** What a receipt proves. */
export type Verification = {
  /** Stake is zero: offline, nobody can see it. */
  readonly assurance: Assurance;
  readonly checks: readonly Check[];
  /** Whether the receipt carries a transcript, which then opens every word; without one, words are only words. */
  readonly transcript: boolean;
  /** What ran the model, as the operator says; `signed` where the statement covers it. `null` where it says nothing. */
  readonly execution: (Execution & { readonly signed: boolean }) | null;
  /** Clauses of the release's floor that the receipt neither meets nor fails to meet: `notChecked` has each of them in words. */
  readonly undecided: readonly UndecidedClause[];
  /** What only the chain can tell. */
  readonly notChecked: readonly string[];
};

/**
 * Verifies a receipt without a chain: ids, words, statement, transcript, and every piece of its evidence.
 *
 * @throws {ProtocolError} naming the check that failed: `EXPECTATION_FAILED`, `RELEASE_ID_MISMATCH`,
 * `CIRCUIT_ID_MISMATCH`, `INPUT_HASH_MISMATCH`, `OUTPUT_HASH_MISMATCH`, `WORD_COUNT`, `WORDS_NOT_CANONICAL`,
 * `WEIGHTS_INVALID`, `SIGNATURE_INVALID`, `PROOF_INVALID` (naming the circuit), `SEGMENT_COUNT`, `SEGMENT_INVALID`, `KEY_INVALID`,
 * `BATCH_SIZE`, `BATCH_PLACE`, `BATCH_STATEMENT_MISMATCH`, `BATCH_CIRCUIT_MISSING`, `BATCH_CIRCUIT_INVALID`, `EVIDENCE_MALFORMED`,
 * `REGISTRATION_MISSING`, `REGISTRATION_INVALID`, `HEX_INVALID`, `EVIDENCE_DUPLICATED`, `EVIDENCE_MISSING`, `CIRCUIT_MISSING`, `FLOOR_NOT_MET`, `TRANSCRIPT_MISMATCH` (naming the
 * component), `INCLUSION_INVALID`.
 */
export function verifyReceipt(receipt: Receipt, expected: Expectations = {}): Verification {
  requireExpected(receipt, expected);
  const circuit = requireIds(receipt);
  requireWeights(receipt.release.weights, circuit);
  requireWords(receipt, circuit);
  const opened = openTranscript(receipt);
  const digest = statementDigest(receipt.domain, receipt.statement);
  requireDistinctKinds(receipt.evidence);
  const checks = receipt.evidence.map((piece) => verifyEvidence(piece, receipt, circuit, digest));

  const kinds = receipt.evidence.map(({ kind }) => kind);
  const proven = kinds.includes("zk");
  const attested = kinds.includes("tee");
  const undecided = findUndecidedOf(receipt.release, kinds, circuit);
  const included = findIncluded(receipt, expected.inclusion);
  return {
    assurance: {
      kinds,
      developmentSetup: proven && circuit?.setup === "development",
      unattestedSetup: proven,
      // Only the chain knows what vouches for the key: until it says so, nothing does.
      simulatedEnclave: attested,
      vouchedEnclave: attested,
      externalVerifier: false,
      quorumArbitration: false,
      quorumK: 0,
      quorumN: 0,
      minTcb: 0,
      tolerance: 0,
      window: 0,
      stakeAtRisk: 0n,
    },
    checks: [
      { name: "release", detail: `description hashes to ${receipt.statement.release}` },
      ...(circuit === null
        ? []
        : [
            {
              name: "circuit",
              detail: `${describeCircuit(circuit)} to ${receipt.release.circuit}`,
            },
          ]),
      {
        name: "words",
        detail: "input and output are canonical and hash to what the statement says",
      },
      ...opened.checks,
      ...checks,
      ...included.checks,
    ],
    transcript: receipt.transcript !== undefined,
    execution: opened.execution,
    undecided,
    notChecked: [
      ...undecided.map(describeUndecided),
      `that release ${receipt.statement.release} is published on chain ${receipt.domain.chainId}, and its circuit registered`,
      `that request ${receipt.statement.request} was made there, and settled with this output`,
      `that operator ${receipt.statement.operator} has stake at risk${demandedStake(receipt.release)}`,
      ...(proven ? ["who attested the circuit's set-up"] : []),
      ...(attested
        ? [
            "that an enclave holds the key that signed, which one, on what platform, and whether a contract verified it or registrars vouched: without the chain it counts as SIMULATED",
          ]
        : []),
      ...opened.notChecked,
      ...included.notChecked,
      "that the input is true: evidence is about the computation, not about where its input came from",
    ],
  };
}

/** What a transcript adds: the meaning of each word, and a signed name of what ran. */
function openTranscript({
  release,
  input,
  output,
  circuit,
  transcript,
  execution,
}: Receipt): Pick<Verification, "checks" | "notChecked" | "execution"> {
  const claimed =
    execution === undefined ? [] : [`that ${describeExecution(execution)}: no evidence covers it`];
  if (transcript === undefined) {
    const unopened =
      circuit === null ? ["what the words stand for: the receipt carries no transcript"] : [];
    return {
      checks: [],
      notChecked: [...unopened, ...claimed],
      execution: execution === undefined ? null : { ...execution, signed: false },
    };
  }
  requireTranscript(release, { input, output }, transcript);
  requireSameExecution(transcript.execution, execution);
  return {
    checks: [
      {
        name: "transcript",
        detail: "manifest, prompt, tools, sampling, answer and back end open every word",
      },
    ],
    notChecked: [
      `that ${describeExecution(transcript.execution)}: the operator signed it`,
      "that the model gives this answer to this request: whoever has its files can run it again",
    ],
    execution: { ...transcript.execution, signed: true },
  };
}

/** What a place in a batch adds: nothing about the answer, but where it can be settled. */
function findIncluded(
  receipt: Receipt,
  inclusion: BatchInclusion | undefined,
): Pick<Verification, "checks" | "notChecked"> {
  if (inclusion === undefined) return { checks: [], notChecked: [] };
  verifyInclusion(receipt, inclusion);
  const { root, batch, index, domain } = inclusion;
  return {
    checks: [{ name: "batch", detail: `it is item ${index} under the root ${root}` }],
    notChecked: [
      `that ledger ${domain.ledger} has this root as batch ${batch}, and what became of the item there`,
    ],
  };
}

function describeExecution({ backend, proves }: Execution): string {
  return proves === "weights"
    ? `${backend} ran the release's own files`
    : `${backend} was asked, whatever weights ran there`;
}

/** One receipt names one back end. */
function requireSameExecution(signed: Execution, stated: Execution | undefined): void {
  if (
    stated === undefined ||
    (signed.backend === stated.backend && signed.proves === stated.proves)
  )
    return;
  const [claimed, derived] = [describeExecution(stated), describeExecution(signed)];
  throw new ProtocolError({ code: "TRANSCRIPT_MISMATCH", component: "backend", claimed, derived });
}

function demandedStake({ floor }: Release): string {
  return floor.minStake === 0n ? "" : `, at least ${floor.minStake} wei as the release demands`;
}

/** What publication demands of the commitment `W`: canonical, and there exactly where the circuit takes one. */
function requireWeights(weights: bigint, circuit: ReleaseCircuit | null): void {
  const committed = circuit?.weights === "committed";
  if (committed ? weights <= 0n || weights >= SCALAR_FIELD : weights !== 0n)
    throw new ProtocolError({ code: "WEIGHTS_INVALID", weights });
}

/** The floor binds every use of a release; what of it only the chain can tell is left to the chain. */
function findUndecidedOf(
  { circuit: id, floor }: Release,
  kinds: readonly EvidenceKind[],
  circuit: ReleaseCircuit | null,
): readonly UndecidedClause[] {
  const development = circuit?.setup === "development";
  return findUndecided(floor, kinds, circuit === null ? undefined : { circuit: id, development });
}

function requireExpected({ domain, statement }: Receipt, expected: Expectations): void {
  const found = { chainId: domain.chainId, router: domain.router, ...statement };
  for (const field of ["chainId", "router", "release", "request", "operator"] as const) {
    const want = expected[field];
    if (want === undefined) continue;
    const [a, b] = [String(want).toLowerCase(), String(found[field]).toLowerCase()];
    if (a !== b)
      throw new ProtocolError({ code: "EXPECTATION_FAILED", field, expected: a, found: b });
  }
}

function requireIds({ statement, release, circuit }: Receipt): ReleaseCircuit | null {
  const derived = releaseId(release);
  if (derived !== statement.release) {
    throw new ProtocolError({ code: "RELEASE_ID_MISMATCH", claimed: statement.release, derived });
  }
  if (circuit === null) {
    if (BigInt(release.circuit) !== 0n)
      throw new ProtocolError({ code: "CIRCUIT_MISSING", release: statement.release });
    return null;
  }
  const derivedCircuit = releaseCircuitId(circuit);
  if (derivedCircuit !== release.circuit) {
    throw new ProtocolError({
      code: "CIRCUIT_ID_MISMATCH",
      claimed: release.circuit,
      derived: derivedCircuit,
    });
  }
  return outlinedAnew(circuit); // what it says of the whole follows from its circuits
}

function requireWords({ statement, input, output }: Receipt, circuit: ReleaseCircuit | null): void {
  if (circuit !== null) {
    requireCanonicalWords("input", input, circuit.input);
    requireCanonicalWords("output", output, circuit.output);
  }
  const inputHash = hashOfWords(input);
  if (inputHash !== statement.inputHash) {
    throw new ProtocolError({
      code: "INPUT_HASH_MISMATCH",
      claimed: statement.inputHash,
      derived: inputHash,
    });
  }
  const outputHash = hashOfWords(output);
  if (outputHash !== statement.outputHash) {
    throw new ProtocolError({
      code: "OUTPUT_HASH_MISMATCH",
      claimed: statement.outputHash,
      derived: outputHash,
    });
  }
}

function requireDistinctKinds(evidence: readonly Evidence[]): void {
  if (evidence.length === 0) throw new ProtocolError({ code: "EVIDENCE_MISSING" });
  const seen = new Set<EvidenceKind>();
  for (const { kind } of evidence) {
    if (seen.has(kind)) throw new ProtocolError({ code: "EVIDENCE_DUPLICATED", kind });
    seen.add(kind);
  }
}

function verifyEvidence(
  evidence: Evidence,
  receipt: Receipt,
  circuit: ReleaseCircuit | null,
  digest: Hex,
): Check {
  switch (evidence.kind) {
    case "signature":
      requireSignature(evidence, receipt.domain, digest, receipt.statement.operator);
      return {
        name: "signature",
        detail: `operator ${receipt.statement.operator} signed ${evidence.path.length === 0 ? "this statement" : "a batch of statements, this one among them"}: it says who answered, not that the answer is right`,
      };
    case "tee":
      // Its path leads to a root that is anchored, not signed.
      requireSignature({ ...evidence, path: [] }, receipt.domain, digest, evidence.key);
      return {
        name: "tee",
        detail: `key ${evidence.key}, said to be that of an enclave of measurement ${evidence.measurement}, signed this statement`,
      };
    case "zk": {
      if (circuit === null)
        throw new ProtocolError({ code: "CIRCUIT_MISSING", release: receipt.statement.release });
      if ("batch" in evidence) verifyBatchEvidence(evidence, receipt, circuit);
      else verifyProof(evidence, receipt, circuit, digest);
      return { name: "zk", detail: describeProof(circuit, evidence) };
    }
  }
}

function describeCircuit(circuit: ReleaseCircuit): string {
  if (batchesOf(circuit).length > 0) return "descriptions and keys of it and its batches hash";
  return circuitsOf(circuit).length === 1
    ? "description and key hash"
    : "descriptions and keys of its segments hash";
}

function describeProof(circuit: ReleaseCircuit, evidence: ZkEvidence): string {
  const { weights, setup, input, output } = circuit;
  const source =
    weights === "committed" ? "the weights that the release commits to" : "the circuit's weights";
  const tensor = (name: string, mode: CircuitTensor["mode"]): string =>
    mode === "committed" ? `an ${name} that opens its commitment` : `this ${name}`;
  const count = circuitsOf(circuit).length;
  const parts = count === 1 ? "" : `, in ${count} segments joined by commitments`;
  const by = singleOf(circuit).system === "committedGroth16" ? ", by commit-and-prove Groth16" : "";
  const among =
    "batch" in evidence
      ? `, by one proof of ${evidence.batch.statements.length} statements, this one among them`
      : "";
  const claim = `${source} give ${tensor("output", output.mode)} on ${tensor("input", input.mode)}${parts}${by}${among}`;
  return setup === "development"
    ? `${claim}; DEVELOPMENT SET-UP: whoever made its key can forge this`
    : claim;
}

function requireSignature(
  signature: StatementSignature,
  domain: Domain,
  digest: Hex,
  operator: Hex,
): void {
  const recovered = statementSigner(domain, digest, signature) ?? "nobody";
  if (recovered !== operator.toLowerCase()) {
    throw new ProtocolError({ code: "SIGNATURE_INVALID", operator, recovered });
  }
}
