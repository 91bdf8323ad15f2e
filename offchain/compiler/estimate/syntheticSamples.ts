import type { FloatGraph } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";

/** Where synthetic inputs lie. A function such as a logarithm is not defined everywhere, so one after the other is tried. */
export const SYNTHETIC_DOMAINS = [
  { name: "-1 to 1", lo: -1, hi: 1 },
  { name: "0 to 1", lo: 0, hi: 1 },
  { name: "0.5 to 1.5", lo: 0.5, hi: 1.5 },
] as const;

export type SyntheticDomain = (typeof SYNTHETIC_DOMAINS)[number];

const ROWS = 4;
const SEED = 0x766f7563;

/** Inputs drawn from a seed, the same every time; an input of integers gets 0 and 1, or 0 only below `hi` 1. */
export function syntheticSamples(
  { inputs }: Pick<FloatGraph, "inputs">,
  { lo, hi }: SyntheticDomain,
): readonly Float64Array[] {
  const next = generator(SEED);
  return Array.from({ length: ROWS }, () => {
    const values = inputs.flatMap(({ shape, kind }) =>
      Array.from({ length: elementsOf(shape) }, () => {
        const value = lo + (hi - lo) * next();
        return kind === "integer" ? Math.max(0, Math.round(value)) : value;
      }),
    );
    // A model without inputs takes one element that nothing reads.
    return Float64Array.from(values.length === 0 ? [0] : values);
  });
}

/** Numbers in [0, 1), by mulberry32 (public domain, Tommy Ettinger). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
