import type { ReleaseId } from "@vouch/protocol";
import { z } from "zod";
import type { Attempt } from "./attempt.ts";
import { UNRECORDED } from "./attempt.ts";
import { createBackOff } from "./backOff.ts";
import type { TensorBackend, TensorStats } from "./backend.ts";
import type { Batcher } from "./batcher.ts";
import { createBatcher, runRows } from "./batcher.ts";
import { checkAborted, ExecutionError } from "./errors.ts";
import type { Executable } from "./executable.ts";
import { ONNXRUNTIME } from "./integerSession.ts";
import type { IntegerSession } from "./integerSession.ts";
import { parseOptions } from "./parseOptions.ts";
import { requireInput } from "./requireInput.ts";
import type { SessionCacheStats } from "./sessionCache.ts";
import { createSessionCache } from "./sessionCache.ts";
import { createSessionOpener } from "./sessionOpener.ts";

const MEBIBYTE = 2 ** 20;

const optionsSchema = z.object({
  /** Bytes that idle and busy sessions may take together, by their estimates. */
  budgetBytes: z
    .number()
    .int()
    .positive()
    .default(1024 * MEBIBYTE),
  /** Threads of one operation; more than one pays for large models only. */
  intraOpThreads: z.number().int().positive().default(1),
  /** Estimate of a session in bytes from which on it is on a thread of its own: some 140 nodes, 30 ms to load. */
  threadBytes: z
    .number()
    .int()
    .nonnegative()
    .default(2 * MEBIBYTE),
  maxConcurrentLoads: z.number().int().positive().default(2),
  batch: z
    .object({
      /** Requests for one release that are run at once. */
      maxSize: z.number().int().positive().default(16),
      /** Milliseconds that a request waits for others; 0 takes those that are there already. */
      maxDelayMs: z.number().nonnegative().default(0),
    })
    .default({ maxSize: 16, maxDelayMs: 0 }),
});

/** How the back end behaves; see the schema for units and defaults. */
export type OnnxBackendOptions = z.input<typeof optionsSchema>;

export type OnnxBackendDeps = {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  /** Reads and loads an executable; the default demands its hash, and has run the largest batch with what it gives. */
  readonly load?: (executable: Executable) => Promise<IntegerSession>;
  /** Loads and first runs are done by it; `UNRECORDED` where absent. */
  readonly attempt?: Attempt;
};

export type OnnxBackendStats = TensorStats &
  SessionCacheStats & { readonly registered: number; readonly batches: number };

/** onnxruntime in this process: it reads the release's own file, checks its hash and runs it, bit for bit as the circuit. */
export type OnnxBackend = Required<Omit<TensorBackend, "stats">> & {
  readonly proves: "weights";
  readonly answers: "bitExact";
  /**
   * Makes a release known; it is loaded when it is first asked for.
   *
   * @throws {ExecutionError} `MODEL_TOO_LARGE` where session and one run together exceed the budget, whole as it is: nothing is read.
   */
  readonly register: (executable: Executable) => void;
  readonly stats: () => OnnxBackendStats;
};

/** Part of the budget that the rows of one batch may take beside the sessions. */
const BATCH_SHARE = 1 / 8;

/**
 * Builds the embedded back end. Small sessions run in the process's own thread, large ones share another; each one batch at a time: what
 * is budgeted is memory, and what is batched is the cost of a call.
 *
 * @throws {ExecutionError} `OPTIONS_INVALID`; from `register` `MODEL_TOO_LARGE`; from `run` also `RELEASE_NOT_REGISTERED`,
 * `INPUT_INVALID`, `MODEL_TAMPERED`, `MODEL_LOAD_FAILED`, `MODEL_RUN_FAILED`, `RELEASE_BACKED_OFF`,
 * `RELEASE_ENDED_PROCESS`, `BACKEND_CLOSED`, `ABORTED`.
 */
export function createOnnxBackend(
  backendOptions: OnnxBackendOptions = {},
  deps: OnnxBackendDeps = {},
): OnnxBackend {
  const options = parseOptions(optionsSchema, backendOptions);
  const now = deps.now ?? (() => performance.now());
  const opener = createSessionOpener(options, deps.attempt ?? UNRECORDED);
  const load =
    deps.load ?? ((executable: Executable) => opener.open(executable, largestBatch(executable)));
  const cache = createSessionCache(options, { load, backOff: createBackOff(now), now });
  const registered = new Map<ReleaseId, Executable>();
  const batchers = new Map<ReleaseId, Batcher<BigInt64Array, BigInt64Array>>();
  const counts = { answered: 0, failed: 0, batches: 0 };
  const inFlight = new Set<Promise<unknown>>();
  let isClosed = false;

  async function tracked<T>(work: Promise<T>): Promise<T> {
    inFlight.add(work);
    try {
      return await work;
    } finally {
      inFlight.delete(work);
    }
  }

  function executableOf(release: ReleaseId): Executable {
    if (isClosed) throw new ExecutionError({ code: "BACKEND_CLOSED", backend: ONNXRUNTIME });
    const executable = registered.get(release);
    if (executable === undefined)
      throw new ExecutionError({ code: "RELEASE_NOT_REGISTERED", release });
    return executable;
  }

  function largestBatch({ rowBytes }: Executable): number {
    const most = Math.floor((BATCH_SHARE * options.budgetBytes) / rowBytes);
    return Math.max(1, Math.min(options.batch.maxSize, most));
  }

  function runBatch(
    executable: Executable,
    rows: readonly BigInt64Array[],
  ): Promise<readonly BigInt64Array[]> {
    counts.batches += 1;
    return cache.use(executable, (session) => runSession(session, executable, rows));
  }

  function batcherOf(executable: Executable): Batcher<BigInt64Array, BigInt64Array> {
    const { release } = executable;
    const known = batchers.get(release);
    if (known !== undefined) return known;
    const batcher = createBatcher(
      { maxSize: largestBatch(executable), maxDelayMs: options.batch.maxDelayMs },
      (rows: readonly BigInt64Array[]) => runBatch(executable, rows),
    );
    batchers.set(release, batcher);
    return batcher;
  }

  async function runInBatches(
    executable: Executable,
    rows: readonly BigInt64Array[],
  ): Promise<readonly (BigInt64Array | Error)[]> {
    const most = largestBatch(executable);
    const outcomes: (BigInt64Array | Error)[] = [];
    for (let start = 0; start < rows.length; start += most) {
      const batch = rows.slice(start, start + most);
      outcomes.push(...(await runRows(batch, (some) => runBatch(executable, some))));
    }
    return outcomes;
  }

  return {
    name: ONNXRUNTIME,
    proves: "weights",
    answers: "bitExact",
    register(executable) {
      const { release, residentBytes, rowBytes } = executable;
      const { budgetBytes } = options;
      const bytes = residentBytes + rowBytes;
      if (bytes > budgetBytes)
        throw new ExecutionError({ code: "MODEL_TOO_LARGE", release, bytes, budgetBytes });
      registered.set(release, executable);
    },
    async run(release, input, signal) {
      const executable = executableOf(release);
      requireInput(release, input, executable.input.encoding);
      const batcher = batcherOf(executable);
      try {
        const output = await tracked(batcher.submit(rowOf(input), signal));
        counts.answered += 1;
        return elementsOf(output);
      } catch (error) {
        counts.failed += 1;
        throw error;
      } finally {
        if (batcher.size() === 0) batchers.delete(release);
      }
    },
    async runAll(release, inputs) {
      const executable = executableOf(release);
      const { encoding } = executable.input;
      const rows = inputs.map((input) => {
        const fault = orError(() => {
          requireInput(release, input, encoding);
        });
        return fault ?? rowOf(input);
      });
      const fit = rows.filter((it) => it instanceof BigInt64Array);
      const outcomes = await tracked(runInBatches(executable, fit));
      let next = 0;
      return rows.map((row) => {
        const outcome = row instanceof Error ? row : outcomes[next++];
        if (outcome instanceof BigInt64Array) {
          counts.answered += 1;
          return elementsOf(outcome);
        }
        counts.failed += 1;
        return outcome ?? new RangeError("a row has an outcome");
      });
    },
    async warmUp(release, signal) {
      checkAborted(signal);
      await tracked(cache.warm(executableOf(release)));
    },
    stats: () => ({ ...counts, ...cache.stats(), registered: registered.size }),
    async close() {
      isClosed = true;
      await Promise.allSettled(inFlight); // each caller hears of its own
      await cache.close();
      await opener.close();
    },
  };
}

/** Returns what is thrown. */
function orError(act: () => void): Error | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error as Error; // nothing else is thrown
  }
}

/** As `BigInt64Array.from`, which goes through an iterator; `set` takes as long for a list of `bigint`. */
function rowOf(elements: readonly bigint[]): BigInt64Array {
  const row = new BigInt64Array(elements.length);
  for (let i = 0; i < row.length; i++) row[i] = elements[i] ?? 0n; // always there
  return row;
}

/** As `Array.from`, which goes through an iterator. */
function elementsOf(row: BigInt64Array): bigint[] {
  const elements: bigint[] = [];
  for (let i = 0; i < row.length; i++) elements.push(row[i] ?? 0n); // always there
  return elements;
}

/** Rows end to end in, and cut apart again. */
async function runSession(
  session: IntegerSession,
  { input, output }: Executable,
  rows: readonly BigInt64Array[],
): Promise<readonly BigInt64Array[]> {
  const { elements } = input.encoding;
  const inputs = new BigInt64Array(rows.length * elements);
  rows.forEach((row, i) => {
    inputs.set(row, i * elements);
  });
  const outputs = await session.run(inputs, rows.length);
  const width = output.encoding.elements;
  return rows.map((_, i) => outputs.subarray(i * width, (i + 1) * width));
}
