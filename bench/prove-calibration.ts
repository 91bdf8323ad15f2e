// How fast this machine proves, for `model:estimate`: times proofs of circuits built like a small quantized network and
// stores them in the cache of the store. Prints JSON.
//
//   npm run bench:proving -- [power ...]      default 10 12 13 14 15, under a minute on two cores
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { PROVING_CALIBRATION, provingSeconds } from "@vouch/compiler";
import type { ProvingCalibration } from "@vouch/compiler";
import {
  buildCircuit,
  calculateWitness,
  chooseProver,
  developmentSetup,
  domainPower,
  proveWitness,
  terminate,
} from "@vouch/prover";
import { openHome } from "@vouch/publisher";
import { layeredCircuit, layeredInputs } from "../test/offchain/prover/layeredCircuit.ts";

type Sample = ProvingCalibration["samples"][number];

const POWERS = [10, 12, 13, 14, 15];
const REPEATS = 3;

/** About 85 % of 2^power constraints at even powers, 60 % at odd ones, so that domain and constraints tell apart. */
function shapeFor(power: number): Parameters<typeof layeredCircuit>[0] {
  const target = 2 ** power * (power % 2 === 0 ? 0.85 : 0.6);
  const neurons = Math.max(1, Math.round((target * 0.6) / 205));
  return { inputs: 20, neurons, hashes: Math.max(1, Math.round((target * 0.4) / 240)) };
}

async function measure(power: number, cache: string): Promise<Sample> {
  const shape = shapeFor(power);
  const circuit = await buildCircuit(layeredCircuit(shape), { cache });
  const setup = await developmentSetup(circuit, { cache });
  const witnesses: number[] = [];
  const proofs: number[] = [];
  // One more than is counted: the first loads code and starts threads.
  for (let i = 0; i <= REPEATS; i++) {
    const start = performance.now();
    const witness = await calculateWitness(circuit.wasm, layeredInputs(shape));
    const between = performance.now();
    await proveWitness(setup, witness, { selfCheck: false });
    if (i === 0) continue;
    witnesses.push(between - start);
    proofs.push(performance.now() - between);
  }
  return {
    power: domainPower(circuit),
    constraints: circuit.constraints,
    witnessSeconds: secondsOf(witnesses),
    proveSeconds: secondsOf(proofs),
  };
}

/** Median of milliseconds, in seconds. */
function secondsOf(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(1, Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)) / 1000;
}

const given = process.argv.slice(2).map(Number);
const powers = given.length > 0 ? given : POWERS;
const draft = await mkdtemp(join(tmpdir(), "vouch-bench-"));
try {
  const samples: Sample[] = [];
  for (const power of powers) samples.push(await measure(power, draft));
  const calibration: ProvingCalibration = {
    format: "vouch.proving/1",
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      threads: availableParallelism(),
      node: process.version,
    },
    prover: chooseProver().prover.name,
    samples,
  };
  const { cache } = openHome();
  await mkdir(cache, { recursive: true });
  const stored = join(cache, PROVING_CALIBRATION);
  await writeFile(stored, `${JSON.stringify(calibration, undefined, 2)}\n`);
  const fitted = samples.map((it) => provingSeconds(calibration, it));
  const command = ["npm run bench:proving", ...(given.length > 0 ? ["--", ...given] : [])].join(
    " ",
  );
  console.log(JSON.stringify({ command, stored, ...calibration, fitted }, undefined, 2));
} finally {
  await terminate();
  await rm(draft, { recursive: true });
}
