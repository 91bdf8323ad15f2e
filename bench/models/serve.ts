// Serves every release of a folder once, in a drawn order, each from its file; then requests that are drawn by Zipf's law, as
// some releases are asked for more than others. Arguments: folder, budget in MiB, number of requests.
import { createOnnxBackend } from "@vouch/execution";
import type { Executable } from "@vouch/execution";
import { randomNumbers } from "../../test/helpers/onnxModel.ts";
import { quantile, readAll, residentMb, rounded } from "./examples.ts";

const [, , folder = "", budgetMb = "", requests = ""] = process.argv;
const IN_FLIGHT = 16;

const backend = createOnnxBackend({ budgetBytes: Number(budgetMb) * 2 ** 20 });
const before = residentMb();
const start = performance.now();
const executables = await readAll(folder);
for (const it of executables) backend.register(it);
const registerMs = performance.now() - start;
const registeredMb = residentMb();

const random = randomNumbers(7);
const order = shuffled(executables);
let peakMb = registeredMb;
const cold: number[] = [];
for (const it of order) {
  cold.push(await timed(it));
  peakMb = Math.max(peakMb, residentMb());
}
const afterCold = backend.stats();

const drawn = Array.from({ length: Number(requests) }, drawByZipf);
const drawnMs: number[] = [];
const drawnStart = performance.now();
await Promise.all(
  Array.from({ length: IN_FLIGHT }, async () => {
    for (let it = drawn.pop(); it !== undefined; it = drawn.pop()) {
      drawnMs.push(await timed(it));
      peakMb = Math.max(peakMb, residentMb());
    }
  }),
);
const drawnSeconds = (performance.now() - drawnStart) / 1000;
const after = backend.stats();
await backend.close();

console.log(
  JSON.stringify({
    registered: executables.length,
    registerMs: rounded(registerMs),
    allTogetherMb: rounded(executables.reduce((sum, it) => sum + it.residentBytes, 0) / 1e6),
    budgetMb: rounded((Number(budgetMb) * 2 ** 20) / 1e6),
    cold: { loads: afterCold.loads, ...spread(cold), evictions: afterCold.evictions },
    drawn: {
      requests: drawnMs.length,
      inFlight: IN_FLIGHT,
      perSecond: Math.round(drawnMs.length / drawnSeconds),
      loaded: rounded((after.loads - afterCold.loads) / drawnMs.length),
      ...spread(drawnMs),
    },
    memoryMb: {
      process: rounded(before),
      registered: rounded(registeredMb),
      peak: rounded(peakMb),
      estimate: rounded(after.residentBytes / 1e6),
    },
  }),
);

async function timed({ release, input }: Executable): Promise<number> {
  const row = Array<bigint>(input.encoding.elements).fill(1n);
  const from = performance.now();
  await backend.run(release, row);
  return performance.now() - from;
}

function spread(ms: readonly number[]): object {
  return { p50Ms: quantile(ms, 0.5), p95Ms: quantile(ms, 0.95), p99Ms: quantile(ms, 0.99) };
}

function upTo(count: number): number {
  return Math.floor(((random() + 1) / 2) * count);
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = upTo(i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T]; // both are within the list
  }
  return all;
}

/** The k-th most popular release is asked for 1/k as often as the first. */
function drawByZipf(): Executable {
  const rank = Math.floor(order.length ** ((random() + 1) / 2)) - 1;
  const drawnRelease = order[Math.min(rank, order.length - 1)];
  if (drawnRelease === undefined) throw new RangeError("there is no release");
  return drawnRelease;
}
