import { checkAborted } from "../progress.ts";
import { runInThreads, threadCount } from "../threadPool.ts";
import { POINT_BYTES, SCALAR_BYTES } from "./wasmCurve.ts";
import type { CurveCode, Group } from "./wasmCurve.ts";

/** What a worker thread starts with. */
export type FixedBaseData = {
  readonly code: CurveCode["code"];
  readonly generators: CurveCode["generators"];
  readonly windowBits: Readonly<Record<Group, number>>;
};

/** Scalars to multiply a generator by: 32 bytes each, little-endian, below the group's order. */
export type FixedBaseTask = {
  readonly group: Group;
  readonly scalars: Uint8Array<ArrayBuffer>;
};

export type FixedBaseOptions = {
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onFraction?: (fraction: number) => void;
};

const CHUNK = 1024; // scalars a message: some 30 ms in G1
/** Cost of an addition in G2, in additions in G1. */
const G2_COST = 3.4;

/**
 * Multiplies the generators by many scalars each, in worker threads, with signed windows over a precomputed table
 * (Brickell, Gordon, McCurley, Wilson, EUROCRYPT 1992). Returns affine points in Montgomery form, in the order of the
 * scalars; the point at infinity is all zeros.
 *
 * @throws {ProverError} `ABORTED`; the threads have ended then.
 */
export async function multiplyGenerators<Name extends string>(
  curve: CurveCode,
  tasks: Readonly<Record<Name, FixedBaseTask>>,
  options: FixedBaseOptions = {},
): Promise<Readonly<Record<Name, Uint8Array>>> {
  checkAborted(options.signal);
  const entries = Object.entries<FixedBaseTask>(tasks);
  const results = entries.map(([name, { group, scalars }]) => {
    const bytes = (scalars.length / SCALAR_BYTES) * POINT_BYTES[group][0];
    return { name, group, scalars, points: new Uint8Array(bytes) };
  });
  const total = results.reduce((sum, it) => sum + costOf(it.group, it.scalars.length), 0);
  let done = 0;
  const chunks = results.flatMap(({ group, scalars, points }) =>
    Array.from({ length: Math.ceil(scalars.length / SCALAR_BYTES / CHUNK) }, (_, i) => {
      const [start, end] = [i * CHUNK * SCALAR_BYTES, (i + 1) * CHUNK * SCALAR_BYTES];
      return {
        group,
        message: () => {
          const value: FixedBaseTask = { group, scalars: scalars.slice(start, end) };
          return { value, transfer: [value.scalars.buffer] };
        },
        deliver: (part: Uint8Array) => {
          points.set(part, i * CHUNK * POINT_BYTES[group][0]);
          done += costOf(group, Math.min(end, scalars.length) - start);
          options.onFraction?.(done / total);
        },
      };
    }),
  );
  // Dear chunks first, so that no thread is left with one at the end.
  chunks.sort((a, b) => Number(b.group === "g2m") - Number(a.group === "g2m"));

  const threads = threadCount(chunks.length, options.threads);
  const count = (group: Group): number =>
    results.reduce((sum, it) => sum + (it.group === group ? it.points.length : 0), 0) /
    POINT_BYTES[group][0];
  const workerData: FixedBaseData = {
    code: curve.code,
    generators: curve.generators,
    windowBits: {
      g1m: bestWindow(count("g1m") / threads),
      g2m: bestWindow(count("g2m") / threads),
    },
  };

  const { signal } = options;
  const pool = { threads, ...(signal === undefined ? {} : { signal }) };
  await runInThreads(new URL("./fixedBaseWorker.ts", import.meta.url), workerData, chunks, pool);
  return Object.fromEntries(results.map(({ name, points }) => [name, points])) as Record<
    Name,
    Uint8Array
  >;
}

function costOf(group: Group, scalarBytes: number): number {
  return (scalarBytes / SCALAR_BYTES) * (group === "g1m" ? 1 : G2_COST);
}

/** Number of windows that cover a 254-bit scalar and the carry of the signed digits. */
export function windowCount(bits: number): number {
  return Math.ceil(255 / bits);
}

/** Bits of the window that makes the fewest additions, the table's included. */
function bestWindow(scalars: number): number {
  const cost = (bits: number): number => windowCount(bits) * (scalars + 1.3 * 2 ** (bits - 1));
  const choices = Array.from({ length: 13 }, (_, i) => i + 2);
  return choices.reduce((best, bits) => (cost(bits) < cost(best) ? bits : best));
}
