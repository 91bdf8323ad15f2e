import type { EvidenceKind } from "@vouch/protocol";

/** Kinds of evidence by their bit in `Assurance.kinds`. */
export const KIND_NAMES: readonly EvidenceKind[] = [
  ...(["signature", "quorum", "optimistic", "tee", "zk"] as const),
];

/** What makes evidence weak, by its bit in `Assurance.flags`; `proves: false` where it proves nothing against who made it. */
export const FLAG_WORDS: readonly {
  readonly bit: number;
  readonly words: string;
  readonly isWeak: boolean;
}[] = [
  { bit: 1, words: "development set-up", isWeak: true },
  { bit: 2, words: "set-up attested by nobody", isWeak: false },
  { bit: 4, words: "simulated enclave", isWeak: true },
  { bit: 8, words: "verified outside this protocol", isWeak: false },
  { bit: 16, words: "disputes by quorum", isWeak: false },
  { bit: 32, words: "vouched enclave", isWeak: false },
];

/** Returns the kinds that the bits stand for. */
export function kindsOf(bits: number): readonly EvidenceKind[] {
  return KIND_NAMES.filter((_, at) => (bits & (1 << at)) !== 0);
}

/** Whether the answer rests on a simulated enclave or a development set-up. */
export function isWeak(flags: number): boolean {
  return FLAG_WORDS.some(({ bit, isWeak: weak }) => weak && (flags & bit) !== 0);
}
