// What a compiled release really takes beside its session, and the estimate of it: the model is compiled a few times, and the growth of
// the heap divided. And how long compiling takes, which is most of verifying a release anew that was let go of. Argument: model. Run with --expose-gc.
import type { CompiledModel } from "@vouch/compiler";
import { compiledBytes } from "@vouch/worker";
import { compileExample } from "./compileExample.ts";
import { quantile, rounded } from "./examples.ts";

const COPIES = 16;

const [, , model = ""] = process.argv;
const kept: CompiledModel[] = [compileExample(model)];
const before = heldBytes();
const ms: number[] = [];
for (let i = 0; i < COPIES; i++) {
  const from = performance.now();
  kept.push(compileExample(model));
  ms.push(performance.now() - from);
}
const perRelease = (heldBytes() - before) / COPIES;
const [compiled] = kept as [CompiledModel];
const estimate = compiledBytes({ compiled, models: [compiled], batches: [] });
console.log(
  JSON.stringify({
    model,
    estimateKb: Math.round(estimate / 1e3),
    heldKb: Math.round(perRelease / 1e3),
    estimateOverHeld: rounded(estimate / perRelease),
    compileMs: { p50: quantile(ms, 0.5), p95: quantile(ms, 0.95) },
  }),
);

function heldBytes(): number {
  if (globalThis.gc === undefined) throw new RangeError("run it with --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
