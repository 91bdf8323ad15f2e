// Set-up and proof of circuits built like a small quantized network, by size. Prints JSON.
//
//   npm run bench:setup -- [power ...]            development set-up, native and in TypeScript; default 12 14 16
//   npm run bench:setup -- --snarkjs [power ...]    and snarkjs' powers of tau, preparation and phase 2; default 10
import { mkdtemp, rm, stat } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openNative } from "@vouch/native";
import { buildCircuit, developmentSetup, prove, terminate } from "@vouch/prover";
import type { CircuitArtefacts, Setup } from "@vouch/prover";
import { buildBn128 } from "ffjavascript";
import { powersOfTau, zKey } from "snarkjs";
import { layeredCircuit, layeredInputs } from "../test/offchain/prover/layeredCircuit.ts";
import type { LayeredShape } from "../test/offchain/prover/layeredCircuit.ts";

type Measured<T> = { readonly result: T; readonly wall: number; readonly cpu: number };

/** Seconds of the wall clock and of all threads of this process; child processes are not counted. */
async function measure<T>(work: () => Promise<T>): Promise<Measured<T>> {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const round = (seconds: number): number => Math.round(seconds * 100) / 100;
  return {
    result,
    wall: round((performance.now() - start) / 1000),
    cpu: round((user + system) / 1e6),
  };
}

/** About two thirds of 2^power constraints; the shape at 14 is that of the credit model. */
function shapeFor(power: number): LayeredShape {
  const factor = 2 ** (power - 14);
  return { inputs: 20, neurons: Math.ceil(32 * factor), hashes: Math.ceil(24 * factor) };
}

async function benchmark(power: number, cache: string, withSnarkjs: boolean): Promise<object> {
  const shape = shapeFor(power);
  const circuit = await measure(() => buildCircuit(layeredCircuit(shape), { cache }));
  const { constraints, wires } = circuit.result;
  const portable = await measure(() => setUpBy("snarkjs", circuit.result, join(cache, "portable")));
  const isNative = openNative() !== undefined;
  const setup = isNative ? await measure(() => setUpBy("", circuit.result, cache)) : portable;
  const artefacts = { ...circuit.result, ...setup.result };
  const first = await measure(() => prove(artefacts, layeredInputs(shape)));
  const second = await measure(() => prove(artefacts, layeredInputs(shape)));
  return {
    power,
    constraints,
    wires,
    zkeyBytes: (await stat(setup.result.zkey)).size,
    seconds: {
      compile: { wall: circuit.wall },
      developmentSetup: {
        typescript: { wall: portable.wall, cpu: portable.cpu },
        ...(isNative ? { native: { wall: setup.wall, cpu: setup.cpu } } : {}),
      },
      firstProof: { wall: first.wall, cpu: first.cpu },
      proof: { wall: second.wall, cpu: second.cpu },
      ...(withSnarkjs ? { snarkjs: await ceremony(power, circuit.result, cache) } : {}),
    },
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** A key by the prover that is named, or by the native one where none is. */
async function setUpBy(prover: string, circuit: CircuitArtefacts, cache: string): Promise<Setup> {
  process.env["VOUCH_PROVER"] = prover;
  try {
    return await developmentSetup(circuit, { cache });
  } finally {
    delete process.env["VOUCH_PROVER"];
  }
}

/** The same key by snarkjs alone, from nothing. */
async function ceremony(power: number, circuit: CircuitArtefacts, cache: string): Promise<object> {
  const file = (name: string): string => join(cache, `${power}-${name}`);
  const curve = await buildBn128();
  const steps = {
    powersOfTau: () => powersOfTau.newAccumulator(curve, power, file("0.ptau")),
    contribute: () => powersOfTau.contribute(file("0.ptau"), file("1.ptau"), "bench", "entropy"),
    preparePhase2: () => powersOfTau.preparePhase2(file("1.ptau"), file("2.ptau")),
    newZKey: () => zKey.newZKey(circuit.r1cs, file("2.ptau"), file("0.zkey")),
    contributePhase2: () => zKey.contribute(file("0.zkey"), file("1.zkey"), "bench", "entropy"),
  };
  const seconds: Record<string, object> = {};
  for (const [name, step] of Object.entries(steps)) {
    const { wall, cpu } = await measure<unknown>(step);
    seconds[name] = { wall, cpu };
  }
  return seconds;
}

const withSnarkjs = process.argv.includes("--snarkjs");
const given = process.argv.slice(2).filter((it) => /^\d+$/.test(it));
const powers = given.length > 0 ? given.map(Number) : withSnarkjs ? [10] : [12, 14, 16];
const cache = await mkdtemp(join(tmpdir(), "vouch-bench-"));
try {
  const circuits: object[] = [];
  for (const power of powers) circuits.push(await benchmark(power, cache, withSnarkjs));
  const command = ["npm run bench:setup --", ...process.argv.slice(2)].join(" ");
  const machine = {
    cpu: cpus()[0]?.model,
    threads: availableParallelism(),
    node: process.version,
  };
  console.log(JSON.stringify({ command, machine, circuits }, undefined, 2));
} finally {
  await terminate();
  await rm(cache, { recursive: true });
}
