// How long nothing else is done in a process while onnxruntime loads a model, and while it runs one: the longest delay of the event
// loop in each, beside what the load or the run takes; with sessions in the process's own thread, and in one of theirs. Beside them what
// compiling the model takes, which a worker does once when it verifies a release, answers a second with 32 requests in flight, and what
// the thread takes to start, with its first small session. Some models of models/. Prints JSON.
//
//   npm run bench:event-loop
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { CompiledModel } from "@vouch/compiler";
import { compile } from "@vouch/compiler";
import type { Executable, OnnxBackend } from "@vouch/execution";
import { createOnnxBackend, writeExecutable } from "@vouch/execution";
import type { Hex, ReleaseId } from "@vouch/protocol";
import { planRelease, readModelFolder } from "@vouch/publisher";
import { id } from "ethers";
import { rounded } from "./models/examples.ts";

const MODELS = join(import.meta.dirname, "../models");
const NAMES = ["credit-german-mlp", "mnist-cnn", "vol-eth-lstm"];
const BATCHES = [1, 16];
const IN_FLIGHT = 32;
const SERVED_MS = 1_000;
const IDLE_MS = 50;
const THREADS = { own: Number.MAX_SAFE_INTEGER, another: 0 } as const;

type Timed<T> = { readonly value: T; readonly ms: number; readonly loopMs: number };

const folder = await mkdtemp(join(tmpdir(), "vouch-event-loop-"));
const rows: object[] = [];
let start: object = {};
try {
  for (const name of NAMES) {
    const { value: compiled, ms, loopMs } = await watched(() => Promise.resolve(compiledOf(name)));
    const release = id(name) as ReleaseId;
    const executable = await writeExecutable(folder, { release, content: id("") as Hex, compiled });
    const { residentBytes } = executable;
    if (name === NAMES[0]) start = await started(executable);
    const row: Record<string, unknown> = { model: name, residentBytes, compile: { ms, loopMs } };
    for (const [thread, threadBytes] of Object.entries(THREADS))
      row[thread] = await measured(executable, threadBytes);
    rows.push(row);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  threads: availableParallelism(),
  node: process.version,
};
const command = "npm run bench:event-loop";
console.log(JSON.stringify({ command, machine, start, rows }, undefined, 2));

async function started(executable: Executable): Promise<object> {
  await measured(executable, THREADS.own); // the library is in memory from here on
  const before = process.memoryUsage.rss();
  const backend = createOnnxBackend({ threadBytes: THREADS.another });
  backend.register(executable);
  const { ms } = await watched(() => backend.warmUp(executable.release));
  const megabytes = rounded((process.memoryUsage.rss() - before) / 1e6);
  await backend.close();
  return { ms, megabytes };
}

async function measured(executable: Executable, threadBytes: number): Promise<object> {
  const backend = createOnnxBackend({ threadBytes });
  backend.register({ ...executable, release: id("first") as ReleaseId });
  await backend.warmUp(id("first") as ReleaseId); // starts the thread, which is done once
  backend.register(executable);
  const { release, input } = executable;
  const row = Array<bigint>(input.encoding.elements).fill(1n);
  const load = await watched(() => backend.warmUp(release));
  const runs: object[] = [];
  for (const batch of BATCHES) {
    const asked = Array<readonly bigint[]>(batch).fill(row);
    const { ms, loopMs } = await watched(() =>
      Promise.all(asked.map((it) => backend.run(release, it))),
    );
    runs.push({ batch, ms, loopMs });
  }
  const answersPerSecond = await served(backend, release, row);
  await backend.close();
  return { load: { ms: load.ms, loopMs: load.loopMs }, runs, answersPerSecond };
}

async function served(
  backend: OnnxBackend,
  release: ReleaseId,
  row: readonly bigint[],
): Promise<number> {
  const start = performance.now();
  let answers = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - start < SERVED_MS) {
      await backend.run(release, row);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  return Math.round((answers * 1_000) / (performance.now() - start));
}

/** Milliseconds that work takes, and the longest in which the loop did nothing else meanwhile. */
async function watched<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  await delay(IDLE_MS); // the first interval is not counted
  const start = performance.now();
  const value = await work();
  const ms = performance.now() - start;
  await delay(IDLE_MS); // what was late is counted when it comes
  loop.disable();
  return { value, ms: rounded(ms), loopMs: rounded(loop.max / 1e6) };
}

function compiledOf(name: string): CompiledModel {
  const plan = planRelease(readModelFolder(MODELS, name), {
    ...{
      version: "1",
      publisher: `0x${"00".repeat(20)}`,
      inputMode: "public",
      outputMode: "public",
    },
    setup: { kind: "development" },
  });
  const { file, input, output, weights, calibration, dimensions } = plan;
  return compile(file, {
    ...{ name, weights, input, output, calibration: { samples: calibration } },
    ...(dimensions === undefined ? {} : { dimensions }),
  });
}
