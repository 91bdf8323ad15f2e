import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
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
const MAX_THREADS = 16;
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
  const chunks = results.flatMap(({ group, scalars, points }) =>
    Array.from({ length: Math.ceil(scalars.length / SCALAR_BYTES / CHUNK) }, (_, i) => ({
      group,
      scalars: scalars.slice(i * CHUNK * SCALAR_BYTES, (i + 1) * CHUNK * SCALAR_BYTES),
      deliver: (part: Uint8Array) => {
        points.set(part, i * CHUNK * POINT_BYTES[group][0]);
      },
    })),
  );
  // Dear chunks first, so that no thread is left with one at the end.
  chunks.sort((a, b) => Number(b.group === "g2m") - Number(a.group === "g2m"));

  const available = options.threads ?? Math.min(availableParallelism(), MAX_THREADS);
  const threads = Math.max(1, Math.min(available, chunks.length));
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

  const total = chunks.reduce((sum, it) => sum + costOf(it), 0);
  let done = 0;
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL("./fixedBaseWorker.ts", import.meta.url), { workerData }),
  );
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
          const { group, scalars, deliver } = chunk;
          const cost = costOf(chunk); // before the transfer empties the array
          deliver(await ask(worker, { group, scalars }, options.signal));
          done += cost;
          options.onFraction?.(done / total);
        }
      }),
    );
  } finally {
    // The scalars lie in the threads' memory; it goes with them.
    await Promise.all(workers.map((it) => it.terminate()));
    for (const { scalars } of chunks) scalars.fill(0);
  }
  return Object.fromEntries(results.map(({ name, points }) => [name, points])) as Record<
    Name,
    Uint8Array
  >;
}

function costOf({ group, scalars }: FixedBaseTask): number {
  return (scalars.length / SCALAR_BYTES) * (group === "g1m" ? 1 : G2_COST);
}

function ask(
  worker: Worker,
  task: FixedBaseTask,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      signal?.removeEventListener("abort", onAbort);
      action();
    };
    const onMessage = (points: Uint8Array): void => {
      settle(() => {
        resolve(points);
      });
    };
    const fail = (error: ProverError): void => {
      settle(() => {
        reject(error);
      });
    };
    const onError = (cause: unknown): void => {
      fail(new ProverError({ code: "SETUP_FAILED", reason: "a thread failed" }, { cause }));
    };
    const onExit = (): void => {
      fail(new ProverError({ code: "SETUP_FAILED", reason: "a thread ended early" }));
    };
    const onAbort = (): void => {
      fail(new ProverError({ code: "ABORTED" }, { cause: signal?.reason }));
    };
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal?.addEventListener("abort", onAbort);
    worker.postMessage(task, [task.scalars.buffer]);
  });
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
