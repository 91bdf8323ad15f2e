/** What an answer's being right rests on, and up to how many wei it is worth nobody's while to break it. */
export type Guarantee =
  /** No value breaks it. */
  | { readonly rests: "mathematics" }
  | { readonly rests: "stake" | "vendor" | "panel"; readonly upTo: bigint }
  /** Somebody whom the asker does not believe can make a wrong answer pass, and loses nothing by it. */
  | { readonly rests: "nothing" };

/** Rests on nobody who would lose anything. */
export const NOTHING: Guarantee = { rests: "nothing" };

/** Returns up to how many wei it reaches; undefined for any number. */
export function reachOf(guarantee: Guarantee): bigint | undefined {
  if (guarantee.rests === "mathematics") return undefined;
  return guarantee.rests === "nothing" ? 0n : guarantee.upTo;
}

/** Whether it reaches a value, in wei. */
export function reaches(guarantee: Guarantee, value: bigint): boolean {
  const reach = reachOf(guarantee);
  return reach === undefined || reach >= value;
}

/** Returns the one that reaches further: whoever wants to break both has to break it. The first of equals. */
export function stronger(a: Guarantee, b: Guarantee): Guarantee {
  return compare(a, b) >= 0 ? a : b;
}

/** Returns the one that reaches less far: whoever may break either breaks it. The first of equals. */
export function weaker(a: Guarantee, b: Guarantee): Guarantee {
  return compare(a, b) <= 0 ? a : b;
}

/** Below zero where `a` reaches less far, above where it reaches further. */
export function compare(a: Guarantee, b: Guarantee): number {
  const [x, y] = [reachOf(a), reachOf(b)];
  if (x === y) return rank(a) - rank(b);
  if (x === undefined) return 1;
  if (y === undefined) return -1;
  return x < y ? -1 : 1;
}

/** Of two that reach as far: what somebody loses by breaking it comes before whom one only believes. */
function rank({ rests }: Guarantee): number {
  return ["nothing", "panel", "vendor", "stake", "mathematics"].indexOf(rests);
}
