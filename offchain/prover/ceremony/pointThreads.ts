import { randomBytes } from "node:crypto";
import { loadCurveCode } from "../setup/curveCode.ts";
import { POINT_BYTES } from "../setup/wasmCurve.ts";
import type { CurveCode } from "../setup/wasmCurve.ts";
import { runInThreads } from "../threadPool.ts";
import type { ThreadOptions } from "../threadPool.ts";
import { FIELD_ORDER, littleEndian } from "./curvePoints.ts";
import { ROOT, splitScalar } from "./splitScalar.ts";
import type { SplitScalar } from "./splitScalar.ts";

/** What a thread that multiplies points starts with. */
export type MultiplierData = {
  readonly code: CurveCode["code"];
  readonly scalar: SplitScalar;
  /** Of the endomorphism that belongs to the split; plain, little-endian. */
  readonly cubeRoot: Uint8Array;
  /** Of the base field, little-endian. */
  readonly fieldOrder: Uint8Array;
};

/** The products, affine; or the place of the first point that is none. */
export type MultiplierAnswer =
  { readonly products: Uint8Array<ArrayBuffer> } | { readonly invalid: number };

/** What a thread that combines points starts with. */
export type CombinerData = {
  readonly code: CurveCode["code"];
  /** Of the base field, little-endian. */
  readonly fieldOrder: Uint8Array;
};

/** What a thread that combines points is asked: both lists, and a weight for each place. */
export type CombinerTask = {
  readonly before: Uint8Array<ArrayBuffer>;
  readonly after: Uint8Array<ArrayBuffer>;
  readonly weights: Uint8Array<ArrayBuffer>;
};

/** The two sums, Jacobian; or the place of the first point that is none, or that is infinity on one side only. */
export type CombinerAnswer =
  { readonly before: Uint8Array; readonly after: Uint8Array } | { readonly invalid: number };

/** Sums weighted by the same random numbers, Jacobian, in parts; or the place of a point that is none. */
export type Combination =
  | { readonly before: readonly Uint8Array[]; readonly after: readonly Uint8Array[] }
  | { readonly invalid: number };

const [AFFINE] = POINT_BYTES.g1m;
const MULTIPLIER_CHUNK = 512; // points a message: some 60 ms
const COMBINER_CHUNK = 4096;
/** Bits of a random weight: the chance that lists which differ by no common factor pass is 2^-128. */
const WEIGHT_BYTES = 16;

/**
 * Multiplies affine points of G1 in Montgomery form by one scalar (plain, little-endian), in worker threads; infinity stays
 * infinity. Where a point is none, its place is returned and nothing else: its multiple may tell the scalar.
 *
 * @throws {ProverError} `SETUP_FAILED`, `ABORTED`.
 */
export async function multiplyPoints(
  points: Uint8Array,
  scalar: Uint8Array,
  options: ThreadOptions = {},
): Promise<Uint8Array | { readonly invalid: number }> {
  const curve = await loadCurveCode();
  const split = splitScalar(curve, scalar);
  const result = new Uint8Array(points.length);
  let invalid = Infinity;
  const size = MULTIPLIER_CHUNK * AFFINE;
  const tasks = Array.from({ length: Math.ceil(points.length / size) }, (_, i) => ({
    message: () => {
      const value = new Uint8Array(points.subarray(i * size, (i + 1) * size)); // a copy
      return { value, transfer: [value.buffer] };
    },
    deliver: (answer: MultiplierAnswer) => {
      if ("invalid" in answer) invalid = Math.min(invalid, i * MULTIPLIER_CHUNK + answer.invalid);
      else result.set(answer.products, i * size);
    },
  }));
  const data: MultiplierData = {
    ...{ code: curve.code, scalar: split, cubeRoot: littleEndian(ROOT) },
    fieldOrder: FIELD_ORDER,
  };
  try {
    await runInThreads(new URL("./multiplierThread.ts", import.meta.url), data, tasks, options);
  } finally {
    for (const digits of [split.plain, split.turned]) digits.fill(0);
  }
  return invalid === Infinity ? result : { invalid };
}

/**
 * Sums two lists of affine points of G1 with the same fresh random weights, in worker threads, once every point of the
 * second list is found to be one: canonical, on the curve, and infinity exactly where the first list has it.
 *
 * @throws {ProverError} `SETUP_FAILED`, `ABORTED`.
 */
export async function combinePoints(
  before: Uint8Array,
  after: Uint8Array,
  options: ThreadOptions = {},
): Promise<Combination> {
  const { code } = await loadCurveCode();
  const sums: { before: Uint8Array[]; after: Uint8Array[] } = { before: [], after: [] };
  let invalid = Infinity;
  const size = COMBINER_CHUNK * AFFINE;
  const countOf = (chunk: number): number =>
    Math.min(COMBINER_CHUNK, before.length / AFFINE - chunk * COMBINER_CHUNK);
  const tasks = Array.from({ length: Math.ceil(before.length / size) }, (_, i) => ({
    message: () => {
      const value: CombinerTask = {
        before: new Uint8Array(before.subarray(i * size, (i + 1) * size)),
        after: new Uint8Array(after.subarray(i * size, (i + 1) * size)),
        weights: new Uint8Array(randomBytes(countOf(i) * WEIGHT_BYTES)),
      };
      return { value, transfer: [value.before.buffer, value.after.buffer, value.weights.buffer] };
    },
    deliver: (answer: CombinerAnswer) => {
      if ("invalid" in answer) invalid = Math.min(invalid, i * COMBINER_CHUNK + answer.invalid);
      else {
        sums.before.push(answer.before);
        sums.after.push(answer.after);
      }
    },
  }));
  const data: CombinerData = { code, fieldOrder: FIELD_ORDER };
  await runInThreads(new URL("./combinerThread.ts", import.meta.url), data, tasks, options);
  return invalid === Infinity ? sums : { invalid };
}
