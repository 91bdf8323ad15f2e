import { AbiCoder, concat, dataLength, dataSlice, getBytes, keccak256 } from "ethers";
import { isBatchEvidence } from "./batches.ts";
import type { CommittedProof } from "./committedProof.ts";
import { ProtocolError } from "./errors.ts";
import type { Hex, RequestId } from "./hex.ts";
import { joinHex } from "./hex.ts";
import type { ReleaseCircuit, SingleCircuit } from "./releaseCircuit.ts";
import { singleOf } from "./releaseCircuit.ts";
import type { SegmentedProof } from "./segments.ts";
import { decodeSegmentedProof, encodeSegmentedProof } from "./segments.ts";

/** Kinds of evidence in the order of `EvidenceKind` on-chain. */
export const EVIDENCE_KINDS = ["signature", "quorum", "optimistic", "tee", "zk"] as const;

/** What can support a statement. */
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** `A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y`, in the order of EIP-197. */
export type Groth16Proof = readonly bigint[];

/** A Groth16 proof on `[commitment, z, e]` of the release's one circuit. */
export type CircuitEvidence = {
  readonly kind: "zk";
  readonly commitment: bigint;
  readonly proof: Groth16Proof;
};

/** A commit-and-prove proof of the release's one circuit: twelve words. */
export type CommittedEvidence = { readonly kind: "zk"; readonly committed: CommittedProof };

/** A proof of the circuit that proves one inference of the release, or one of each of its segments. */
export type StatementProof =
  CircuitEvidence | CommittedEvidence | ({ readonly kind: "zk" } & SegmentedProof);

/** One statement of those that one proof proves; release and domain are the receipt's. */
export type BatchedStatement = {
  readonly request: RequestId;
  readonly operator: Hex;
  readonly input: readonly bigint[];
  readonly output: readonly bigint[];
};

/** All statements that one proof proves, in the order of its words, and which of them the receipt is about. */
export type BatchOfStatements = {
  readonly place: number;
  readonly statements: readonly BatchedStatement[];
};

/** One proof of several statements, by the release's circuit of so many inferences. */
export type BatchEvidence = (CircuitEvidence | CommittedEvidence) & {
  readonly batch: BatchOfStatements;
};

/** A proof of the statement alone, or of several at once. */
export type ZkEvidence = StatementProof | BatchEvidence;

/** What a key signed that an enclave holds; see `EnclaveEvidence` on-chain. */
export type EnclaveEvidence = {
  readonly kind: "tee";
  /** ECDSA signature of the statement's digest: r, s, v in 65 bytes. */
  readonly signature: Hex;
  /** Address of the enclave's key. */
  readonly key: Hex;
  /** Hash of what the enclave runs. */
  readonly measurement: Hex;
  /** Siblings from the signature's leaf to an anchored root, where the key itself counts no more. */
  readonly path: readonly Hex[];
};

/** What the operator signed: the statement, or the root of a batch that has it as a leaf. */
export type StatementSignature = {
  /** ECDSA signature of that digest: r, s, v in 65 bytes. */
  readonly signature: Hex;
  /** Siblings from the statement's digest to the root, at most `MAX_PATH`; none where the statement itself is signed. */
  readonly path: readonly Hex[];
};

/** An operator's signature; see `StatementSignatures` on-chain. */
export type OperatorEvidence = { readonly kind: "signature" } & StatementSignature;

/** One piece of evidence of a kind that this version produces and verifies. */
export type Evidence = OperatorEvidence | EnclaveEvidence | ZkEvidence;

/** Evidence as contracts take it. */
export type EncodedEvidence = { readonly kind: number; readonly data: Hex };

/** Most siblings of a path: what contracts take of a batch, and receipts of either kind. */
export const MAX_PATH = 40;

const SIGNATURE_BYTES = 65;
const ZK_TYPES = ["uint256", "uint256[8]"];
const ZK_WORDS = 9;
const COMMITTED_TYPES = ["uint256[12]"];
const COMMITTED_WORDS = 12;

/** Returns the index of a kind in `EvidenceKind` on-chain. */
export function evidenceKindIndex(kind: EvidenceKind): number {
  return EVIDENCE_KINDS.indexOf(kind);
}

/**
 * Returns evidence in its on-chain encoding.
 *
 * @throws {ProtocolError} `EVIDENCE_UNSUPPORTED` for a proof of several statements: `encodeReceiptEvidence` has their digests.
 */
export function encodeEvidence(evidence: Evidence): EncodedEvidence {
  const kind = evidenceKindIndex(evidence.kind);
  switch (evidence.kind) {
    case "signature":
      return { kind, data: joinHex([evidence.signature, ...evidence.path]) };
    case "tee": {
      const { signature, key, measurement, path } = evidence;
      return { kind, data: concat([signature, key, measurement, ...path]) as Hex };
    }
    case "zk":
      if ("batch" in evidence)
        throw new ProtocolError({ code: "EVIDENCE_UNSUPPORTED", kind: "zk of several statements" });
      if ("joins" in evidence) return { kind, data: encodeSegmentedProof(evidence) };
      if ("committed" in evidence) {
        const { committed } = evidence;
        return {
          kind,
          data: AbiCoder.defaultAbiCoder().encode(COMMITTED_TYPES, [committed]) as Hex,
        };
      }
      return {
        kind,
        data: AbiCoder.defaultAbiCoder().encode(ZK_TYPES, [
          evidence.commitment,
          evidence.proof,
        ]) as Hex,
      };
  }
}

/**
 * Returns evidence from its on-chain encoding.
 *
 * @param circuit the release's: the form of a proof follows from it
 * @throws {ProtocolError} `EVIDENCE_UNSUPPORTED`; `EVIDENCE_MALFORMED`, also for a place in a batch, which names a proof that is
 * elsewhere (`decodeBatchEvidence`).
 */
export function decodeEvidence(
  { kind, data }: EncodedEvidence,
  circuit: ReleaseCircuit | null = null,
): Evidence {
  const name = EVIDENCE_KINDS[kind];
  switch (name) {
    case "signature":
      return decodeSignature(data);
    case "tee":
      return decodeEnclaveEvidence(data);
    case "zk": {
      const single = circuit === null ? null : singleOf(circuit);
      if (single?.system === "groth16Segments")
        return { kind: name, ...decodeSegmentedProof(data, single.segments) };
      const isCommitted = single?.system === "committedGroth16";
      requireLength(data, isCommitted ? COMMITTED_WORDS : ZK_WORDS);
      if (isCommitted) {
        const [words] = AbiCoder.defaultAbiCoder().decode(COMMITTED_TYPES, data);
        return { kind: name, committed: [...(words as readonly bigint[])] };
      }
      const [commitment, proof] = AbiCoder.defaultAbiCoder().decode(ZK_TYPES, data) as unknown as [
        bigint,
        bigint[],
      ];
      return { kind: name, commitment, proof: [...proof] };
    }
    default:
      throw new ProtocolError({ code: "EVIDENCE_UNSUPPORTED", kind: name ?? String(kind) });
  }
}

/**
 * Returns the proof of several statements from the data with which it is recorded.
 *
 * @param circuit that of as many inferences
 * @throws {ProtocolError} `EVIDENCE_MALFORMED`.
 */
export function decodeBatchProof(
  data: Hex,
  circuit: SingleCircuit,
): CircuitEvidence | CommittedEvidence {
  const evidence = decodeEvidence({ kind: evidenceKindIndex("zk"), data }, circuit);
  if (evidence.kind === "zk" && !("joins" in evidence)) return evidence;
  const reason = "not the proof of one circuit";
  throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: evidence.kind, reason });
}

/** Whether evidence is a place in a batch: by its kind too, as a signature is as long as a place among two. */
export function isBatchPlace({ kind, data }: EncodedEvidence): boolean {
  return EVIDENCE_KINDS[kind] === "zk" && isBatchEvidence(data);
}

function requireLength(data: Hex, words: number): void {
  if (getBytes(data).length === words * 32) return;
  const reason = `not ${words} words`;
  throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: "zk", reason });
}

/** Returns the leaf of an enclave's signature: a root above it that is anchored in time lets it outlive its key. */
export function anchorLeaf(digest: Hex, signature: Hex): Hex {
  return keccak256(keccak256(concat([digest, signature]))) as Hex;
}

/** A signature, and behind it the path to the root that it is of, where it is a batch's. */
function decodeSignature(data: Hex): OperatorEvidence {
  const path = pathBehind("signature", data, SIGNATURE_BYTES);
  if (path.length > MAX_PATH) {
    const reason = `${path.length} siblings, more than ${MAX_PATH}`;
    throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: "signature", reason });
  }
  return { kind: "signature", signature: dataSlice(data, 0, SIGNATURE_BYTES) as Hex, path };
}

/** Signature, key and measurement, and whole words behind them. */
function decodeEnclaveEvidence(data: Hex): EnclaveEvidence {
  const head = SIGNATURE_BYTES + 20 + 32;
  const path = pathBehind("tee", data, head);
  const slice = (from: number, to: number): Hex => dataSlice(data, from, to) as Hex;
  return {
    kind: "tee",
    signature: slice(0, SIGNATURE_BYTES),
    key: slice(SIGNATURE_BYTES, 85),
    measurement: slice(85, head),
    path,
  };
}

function pathBehind(kind: EvidenceKind, data: Hex, head: number): Hex[] {
  const words = (dataLength(data) - head) / 32;
  if (words < 0 || !Number.isInteger(words)) {
    const reason = `not ${head} bytes and whole words`;
    throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind, reason });
  }
  const at = (index: number): number => head + 32 * index;
  return Array.from({ length: words }, (_, i) => dataSlice(data, at(i), at(i + 1)) as Hex);
}
