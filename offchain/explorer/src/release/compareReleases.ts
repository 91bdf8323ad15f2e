import type { Policy, Release } from "@vouch/protocol";
import { describePolicy, policyHash } from "@vouch/protocol";

/** What of a release is compared with the one before. */
export type ComparedRelease = Pick<
  Release,
  | "version"
  | "content"
  | "circuit"
  | "inputFractionBits"
  | "outputFractionBits"
  | "runtime"
  | "manifest"
  | "licence"
  | "royaltyBps"
  | "floor"
> & { readonly weights: string };

/** One thing that is another than in the release before. */
export type Change = {
  readonly what: string;
  /** What it means for who asks this release instead. */
  readonly meaning: string;
  /** Both values, where reading them tells something; texts of strangers. */
  readonly before: string;
  readonly after: string;
};

const NONE = /^0x0*$/;

/** Returns what changed from one release to the next, what matters most to an answer first. */
export function compareReleases(
  before: ComparedRelease,
  after: ComparedRelease,
): readonly Change[] {
  const changes: readonly (Change | null)[] = [
    compareFloors(before.floor, after.floor),
    differ("Weights", before.weights, after.weights, weightsMeaning(before.weights, after.weights)),
    differ("Circuit", before.circuit, after.circuit, circuitMeaning(before.circuit, after.circuit)),
    differ(
      "Content",
      before.content,
      after.content,
      "The model's files are others: answers to the same input may differ, whatever else is the same.",
    ),
    differ(
      "Manifest",
      before.manifest,
      after.manifest,
      "Shapes, encodings, preprocessing, prompt template or accuracy report are described anew. What exactly is told below where both manifests can be had.",
    ),
    differ(
      "Scale of inputs",
      `2^-${before.inputFractionBits}`,
      `2^-${after.inputFractionBits}`,
      "The same words now mean other numbers: inputs that were encoded for the release before must not be sent to this one.",
    ),
    differ(
      "Scale of outputs",
      `2^-${before.outputFractionBits}`,
      `2^-${after.outputFractionBits}`,
      "The same words now mean other numbers: a contract that reads them must be told.",
    ),
    differ(
      "Runtime class",
      before.runtime,
      after.runtime,
      after.runtime === "bitExact"
        ? "Every honest operator now gets the same bits, so that a wrong answer can be shown to be wrong."
        : "Honest operators may now get different bits, so that a signed answer cannot be shown to be wrong by a proof.",
    ),
    differ(
      "Royalty",
      percent(before.royaltyBps),
      percent(after.royaltyBps),
      after.royaltyBps > before.royaltyBps
        ? "The publisher takes more of each fee."
        : "The publisher takes less of each fee.",
    ),
    differ(
      "Licence",
      before.licence,
      after.licence,
      "What one may do with the model is under other terms: read them again.",
    ),
  ];
  return changes.filter((it) => it !== null);
}

function differ(what: string, before: string, after: string, meaning: string): Change | null {
  return before === after ? null : { what, meaning, before, after };
}

function compareFloors(before: Policy, after: Policy): Change | null {
  if (policyHash(before) === policyHash(after)) return null;
  const stake =
    after.minStake > before.minStake
      ? " More stake must stand behind each answer."
      : after.minStake < before.minStake
        ? " Less stake need stand behind an answer."
        : "";
  const clauses =
    after.allOf.length < before.allOf.length
      ? " It has fewer demands than before: an answer may rest on less."
      : "";
  return {
    what: "Policy floor",
    meaning: `The least evidence that every answer of the release must come with is another.${clauses}${stake}`,
    before: describePolicy(before),
    after: describePolicy(after),
  };
}

function weightsMeaning(before: string, after: string): string {
  if (NONE.test(after))
    return "The weights are no longer committed to: they are constants of the circuit, or there is none.";
  return NONE.test(before)
    ? "The release now commits to its weights, and a proof binds them."
    : "The model was trained again or quantized otherwise: answers to the same input may differ.";
}

function circuitMeaning(before: string, after: string): string {
  if (NONE.test(after))
    return "There is no circuit any more: no proof can show that an answer is right.";
  return NONE.test(before)
    ? "There is a circuit now: answers can be proven."
    : "Proofs are of another circuit with a set-up of its own: a policy that pins the old one is not met, and who attested that set-up has said nothing of this one.";
}

function percent(bps: number): string {
  return `${bps / 100} %`;
}
