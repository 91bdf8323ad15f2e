// Requests a second of one small model behind HTTP: a bare Fastify server over onnxruntime-node, and the gateway over the answerer
// that operators run, whose answers carry receipts that are signed in batches and on record on the disk before; beside them the same
// gateway over an answerer whose receipt is ready. Each server is a process of its own, and so is the load; rounds alternate, and what
// is printed are medians of them. On a machine that others use, the microseconds of the processor for a request are what can be
// compared. Prints JSON.
//
//   npm run bench:serving -- [--rounds 5] [--seconds 4] [--warm <seconds before> 9]
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Load } from "./serving/load.ts";
import { load } from "./serving/load.ts";
import { CONNECTIONS, MODEL } from "./serving/question.ts";
import { startServer } from "./serving/serverProcess.ts";

/** Answers outlive the default nursery, and would be copied by each of its collections; both servers have it. */
const FLAGS = ["--max-semi-space-size=64"];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    warm: { type: "string", default: "9" },
  },
});
const [rounds, seconds, warm] = [values.rounds, values.seconds, values.warm].map(Number);
const before = loadavg();
const bare = await startServer("bareServer.ts", FLAGS);
const gateway = await startServer("gatewayServer.ts", FLAGS);
const ready = await startServer("readyServer.ts", FLAGS);
for (const server of [bare, gateway, ready]) await load(server, warm ?? 0);

type Round = { readonly bare: Load; readonly gateway: Load; readonly ready: Load };
const measured: Round[] = [];
while (measured.length < (rounds ?? 0))
  measured.push({
    bare: await load(bare, seconds ?? 0),
    gateway: await load(gateway, seconds ?? 0),
    ready: await load(ready, seconds ?? 0),
  });
for (const server of [bare, gateway, ready]) await server.close();

const median = (all: readonly number[], digits = 1): number => {
  const sorted = [...all].sort((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(digits));
};
const rowOf = (all: readonly Load[]): object => ({
  "requests/s": median(
    all.map((it) => it.perSecond),
    0,
  ),
  "p50 ms": median(all.map((it) => it.p50Ms)),
  "p99 ms": median(all.map((it) => it.p99Ms)),
  "processor µs a request": median(all.map((it) => it.cpuMicroseconds)),
  failed: all.reduce((sum, it) => sum + it.failed, 0),
});
/** Median of the ratios of each round's two. */
const ratioOf = (of: (load: Load) => number): number =>
  median(
    measured.map((it) => of(it.gateway) / of(it.bare)),
    2,
  );

console.log(
  JSON.stringify(
    {
      command: ["npm run bench:serving --", ...process.argv.slice(2)].join(" "),
      machine: {
        cpu: cpus()[0]?.model ?? "unknown",
        threads: availableParallelism(),
        node: process.version,
        "load of the last minute, before": before[0],
      },
      model: MODEL,
      connections: CONNECTIONS,
      rounds: measured.length,
      bare: rowOf(measured.map((it) => it.bare)),
      gateway: rowOf(measured.map((it) => it.gateway)),
      "gateway, answers ready": rowOf(measured.map((it) => it.ready)),
      "gateway / bare": {
        "requests/s": ratioOf((it) => it.perSecond),
        p99: ratioOf((it) => it.p99Ms),
        "processor µs a request": ratioOf((it) => it.cpuMicroseconds),
      },
    },
    undefined,
    2,
  ),
);
