import type { EvidenceKind } from "@vouch/protocol";
import { EVIDENCE_KINDS } from "@vouch/protocol";

/** What qualifies evidence, by its bit in `Assurance.flags`; weak is what proves nothing against who made it. */
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

/** Returns the kinds that the bits of `Assurance.kinds` stand for. */
export function kindsOf(bits: number): readonly EvidenceKind[] {
  return EVIDENCE_KINDS.filter((_, at) => (bits & (1 << at)) !== 0);
}
