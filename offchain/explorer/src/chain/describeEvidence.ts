import type { EncodedEvidence, Evidence, EvidenceKind, ReleaseCircuit } from "@vouch/protocol";
import { decodeEvidence, EVIDENCE_KINDS, ProtocolError, wordToHex } from "@vouch/protocol";

/** A piece of evidence as the chain got it, and what it is made of. */
export type EvidencePiece = {
  readonly kind: EvidenceKind | "unknown";
  /** Hex, as the contract took it. */
  readonly data: string;
  /** Empty where the bytes only point at something that was recorded elsewhere. */
  readonly parts: readonly { readonly name: string; readonly value: string }[];
};

/** Takes evidence apart for somebody who wants to see it; it verifies nothing. */
export function describeEvidence(
  { kind, data }: EncodedEvidence,
  circuit: ReleaseCircuit | null,
): EvidencePiece {
  const name = EVIDENCE_KINDS[kind] ?? "unknown";
  try {
    return { kind: name, data, parts: partsOf(decodeEvidence({ kind, data }, circuit)) };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    return { kind: name, data, parts: [] };
  }
}

function partsOf(evidence: Evidence): EvidencePiece["parts"] {
  switch (evidence.kind) {
    case "signature":
      return [{ name: "Signature", value: evidence.signature }, ...pathOf(evidence.path)];
    case "tee":
      return [
        { name: "Signature", value: evidence.signature },
        { name: "Key", value: evidence.key },
        { name: "Measurement", value: evidence.measurement },
        ...pathOf(evidence.path),
      ];
    case "zk":
      if ("joins" in evidence) return [];
      if ("committed" in evidence) return wordsOf("Proof", evidence.committed);
      return [
        { name: "Commitment", value: wordToHex(evidence.commitment) },
        ...wordsOf("Proof", evidence.proof),
      ];
  }
}

function pathOf(path: readonly string[]): EvidencePiece["parts"] {
  return path.map((value, index) => ({ name: `Sibling ${index + 1}`, value }));
}

function wordsOf(name: string, words: readonly bigint[]): EvidencePiece["parts"] {
  return words.map((word, index) => ({
    name: `${name}, word ${index + 1}`,
    value: wordToHex(word),
  }));
}
