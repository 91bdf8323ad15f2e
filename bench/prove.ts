// Provers side by side: same keys, same witnesses, in turn, each in a process of its own that is warm. Prints JSON.
//
//   npm run bench:prove -- [power ...]      default 12 14 16 18, an hour on two cores; medians of 5
//   REPEATS=9 npm run bench:prove -- 14
import { execFile, fork } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { explainNative, openNative } from "@vouch/native";
import {
  buildCircuit,
  calculateWitness,
  developmentSetup,
  findRapidsnark,
  terminate,
} from "@vouch/prover";
import type { ProverName } from "@vouch/prover";
import { benchCircuit, KINDS } from "./prove/circuits.ts";
import type { BenchCircuit, Kind } from "./prove/circuits.ts";
import type { ColdStart } from "./prove/coldStart.ts";
import type { Ask, Told } from "./prove/contestant.ts";

const POWERS = [12, 14, 16, 18];
const REPEATS = Number(process.env["REPEATS"] ?? 5);
const COLD_POWER = 14;
/** Of the native prover, in a process for each; snarkjs and rapidsnark take all there are. */
const THREADS = [...new Set([1, Math.max(2, availableParallelism())])];

type Contestant = {
  readonly name: string;
  readonly ask: (question: Ask) => Promise<Told>;
  readonly end: () => void;
};

function startContestant(prover: ProverName, threads: number): Contestant {
  const child = fork(join(import.meta.dirname, "prove/contestant.ts"), [prover, String(threads)]);
  return {
    name: threads === 0 ? prover : `${prover}, ${threads} thread${threads === 1 ? "" : "s"}`,
    ask: (question) =>
      new Promise((resolve, reject) => {
        const ended = (): void => {
          reject(new Error(`${prover} ended`));
        };
        child.once("exit", ended);
        child.once("message", (message) => {
          child.off("exit", ended);
          resolve(message as Told); // of a process of ours
        });
        child.send(question);
      }),
    end: () => {
      child.send({ ask: "end" } satisfies Ask);
    },
  };
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1000) / 1000;
};

type Files = { readonly wasm: string; readonly zkey: string; readonly wtns: string };

async function contest(files: Files): Promise<object> {
  const contestants = [
    startContestant("snarkjs", 0),
    ...(openNative() === undefined ? [] : THREADS.map((it) => startContestant("native", it))),
    ...(findRapidsnark() === undefined ? [] : [startContestant("rapidsnark", 0)]),
  ];
  const told = new Map<string, { readonly wall: number; readonly cpu: number }[]>();
  // One more than is counted: the first loads code and opens the key.
  for (let round = 0; round <= REPEATS; round++) {
    for (const { name, ask } of contestants) {
      const it = await ask({ ask: "prove", zkey: files.zkey, wtns: files.wtns });
      if (round > 0 && "wall" in it) told.set(name, [...(told.get(name) ?? []), it]);
    }
  }
  const rows: Record<string, object> = {};
  const cpuSeconds = new Map<string, number>();
  for (const { name, ask, end } of contestants) {
    const samples = told.get(name) ?? [];
    cpuSeconds.set(name, median(samples.map(({ cpu }) => cpu)));
    rows[name] = {
      wallSeconds: median(samples.map(({ wall }) => wall)),
      cpuSeconds: cpuSeconds.get(name),
      // rapidsnark's own process is not in it.
      ...(name.startsWith("rapidsnark") ? {} : await ask({ ask: "peak" })),
    };
    end();
  }
  return { provers: rows, timesNativeCpu: timesNative(cpuSeconds) };
}

/** CPU seconds of each other prover, as multiples of the native one's with one thread. */
function timesNative(cpuSeconds: ReadonlyMap<string, number>): Record<string, number> {
  const native = cpuSeconds.get("native, 1 thread");
  if (native === undefined) return {};
  const others = [...cpuSeconds].filter(([name]) => !name.startsWith("native"));
  return Object.fromEntries(
    others.map(([name, it]) => [name, Math.round((10 * it) / native) / 10]),
  );
}

async function coldStart(files: Files, { inputs }: BenchCircuit, folder: string): Promise<object> {
  const file = join(folder, "inputs.json");
  await writeFile(
    file,
    JSON.stringify(inputs, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    ),
  );
  const provers = ["snarkjs", ...(openNative() === undefined ? [] : ["native"])];
  const rows: Record<string, object> = {};
  for (const prover of provers) {
    const samples: ColdStart[] = [];
    for (let i = 0; i < REPEATS; i++) {
      const script = join(import.meta.dirname, "prove/coldStart.ts");
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [script, files.wasm, files.zkey, file],
        { env: { ...process.env, VOUCH_PROVER: prover } },
      );
      samples.push(JSON.parse(stdout) as ColdStart); // of a process of ours
    }
    const medians = (of: (it: ColdStart) => ColdStart["loaded"]): object => ({
      wallSeconds: median(samples.map((it) => of(it).wall)),
      cpuSeconds: median(samples.map((it) => of(it).cpu)),
    });
    // Node and the code, then witness, key, proof and check.
    rows[prover] = {
      codeLoaded: medians(({ loaded }) => loaded),
      proofChecked: medians(({ proven }) => proven),
    };
  }
  return rows;
}

async function benchmark(kind: Kind, power: number, cache: string): Promise<object> {
  process.stderr.write(`2^${power}, ${kind}\n`);
  const bench = benchCircuit(kind, power);
  const circuit = await buildCircuit(bench.source, { cache });
  const setup = await developmentSetup(circuit, { cache });
  const start = performance.now();
  const witness = await calculateWitness(circuit.wasm, bench.inputs);
  const witnessSeconds = median([(performance.now() - start) / 1000]);
  const wtns = join(cache, `${kind}-${power}.wtns`);
  await writeFile(wtns, witness);
  const files = { wasm: circuit.wasm, zkey: setup.zkey, wtns };
  const native = await openNative()?.openKey(setup.zkey);
  const peakMemory = native?.peakMemory(2);
  native?.close();
  await terminate();
  return {
    ...{ power, kind, constraints: circuit.constraints, wires: circuit.wires },
    zkeyMegabytes: Math.round((await stat(setup.zkey)).size / 2 ** 20),
    witnessSeconds,
    // Said before the proof starts, beside the key's own bytes.
    ...(peakMemory === undefined ? {} : { nativePeakMegabytes: Math.round(peakMemory / 2 ** 20) }),
    ...(await contest(files)),
    ...(power === COLD_POWER ? { coldStart: await coldStart(files, bench, cache) } : {}),
  };
}

const given = process.argv.slice(2).map(Number);
const powers = given.length > 0 ? given : POWERS;
const cache = await mkdtemp(join(tmpdir(), "vouch-bench-"));
try {
  const before = loadavg();
  const circuits: object[] = [];
  for (const power of powers) {
    for (const kind of KINDS) circuits.push(await benchmark(kind, power, cache));
  }
  const report = {
    command: ["npm run bench:prove --", ...powers].join(" "),
    repeats: REPEATS,
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      threads: availableParallelism(),
      memoryGigabytes: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      load: { before: before[0], after: loadavg()[0] },
    },
    native: openNative() === undefined ? explainNative() : (openNative()?.version ?? ""),
    rapidsnark: findRapidsnark() === undefined ? "none on PATH" : "on PATH",
    circuits,
  };
  console.log(JSON.stringify(report, undefined, 2));
} finally {
  await rm(cache, { recursive: true });
}
