// How long nothing else is done in a process while onnxruntime loads a model, and while it runs one: the longest delay of the event
// loop in each, beside what the load or the run takes. Some models of models/, by the size of a batch. Prints JSON.
//
//   npm run bench:event-loop
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { IntegerGraph } from "@vouch/compiler";
import { compile, emitIntegerOnnx } from "@vouch/compiler";
import { openIntegerSession } from "@vouch/execution";
import { planRelease, readModelFolder } from "@vouch/publisher";
import { rounded } from "./models/examples.ts";

const MODELS = join(import.meta.dirname, "../models");
const NAMES = ["credit-german-mlp", "mnist-cnn", "vol-eth-lstm"];
const BATCHES = [1, 16, 256];
const IDLE_MS = 50;

type Timed<T> = { readonly value: T; readonly ms: number; readonly loopMs: number };

const rows: object[] = [];
for (const name of NAMES) {
  const graph = graphOf(name);
  const onnx = emitIntegerOnnx(graph);
  const { shape } = graph.input;
  const loaded = await watched(() => openIntegerSession(name, onnx, shape, { intraOpThreads: 1 }));
  const length = shape.reduce((product, it) => product * it, 1);
  const runs: object[] = [];
  for (const batch of BATCHES) {
    const inputs = new BigInt64Array(batch * length).fill(1n);
    const { ms, loopMs } = await watched(() => loaded.value.run(inputs, batch));
    runs.push({ batch, ms, loopMs });
  }
  await loaded.value.release();
  rows.push({ model: name, load: { ms: loaded.ms, loopMs: loaded.loopMs }, runs });
}
const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  threads: availableParallelism(),
  node: process.version,
};
console.log(JSON.stringify({ command: "npm run bench:event-loop", machine, rows }, undefined, 2));

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

function graphOf(name: string): IntegerGraph {
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
  }).graph;
}
