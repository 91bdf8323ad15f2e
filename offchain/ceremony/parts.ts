import type { CeremonyFacts } from "./ceremonyFacts.ts";

/** One of the files that each round of a ceremony is made of. */
export type CeremonyPart = {
  /** Its place among the files of a round: circuits first, then links. */
  readonly index: number;
  /** sha256 of its file in round 0. */
  readonly initial: string;
} & (
  | { readonly kind: "plain" }
  | { readonly kind: "committed" }
  /** Places of the keys that it is between. */
  | { readonly kind: "link"; readonly inference: number; readonly weights: number }
);

/** The files of a round, in their order. */
export function partsOf(facts: CeremonyFacts): readonly CeremonyPart[] {
  const kind = facts.version === 1 ? "plain" : "committed";
  const keys = facts.circuits.map(({ initial }, index) => ({ kind, index, initial }) as const);
  const links = facts.version === 1 ? [] : facts.links;
  return [
    ...keys,
    ...links.map((it, i) => ({ ...it, kind: "link", index: keys.length + i }) as const),
  ];
}

/** What a part is called to people. */
export function partName({ kind, index }: CeremonyPart, count: number): string {
  return kind === "link" ? `link, file ${index + 1} of ${count}` : `key ${index + 1} of ${count}`;
}
