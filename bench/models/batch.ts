// Requests for one release that are in flight together, by the size that a batch may have. Arguments: folder, model.
import { createOnnxBackend } from "@vouch/execution";
import { quantile, readOne, releaseOf } from "./examples.ts";

const IN_FLIGHT = 32;
const SECONDS = 1;

const [, , folder = "", model = ""] = process.argv;
const executable = await readOne(folder, releaseOf(model, 0));
const row = Array<bigint>(executable.input.encoding.elements).fill(1n);
const sizes: object[] = [];
for (const maxSize of [1, 4, 16, 32]) {
  const backend = createOnnxBackend({ batch: { maxSize } });
  backend.register(executable);
  await backend.run(executable.release, row);
  const ms: number[] = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (performance.now() - start < SECONDS * 1000) {
        const from = performance.now();
        await backend.run(executable.release, row);
        ms.push(performance.now() - from);
      }
    }),
  );
  const perSecond = Math.round(ms.length / ((performance.now() - start) / 1000));
  sizes.push({ maxSize, perSecond, p50Ms: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99) });
  await backend.close();
}
console.log(JSON.stringify({ model, inFlight: IN_FLIGHT, sizes }));
