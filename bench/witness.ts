// Witnesses of example models with private weights by circom's calculator and from the constraints (offchain/native/crate/src/witness),
// side by side: medians of nine, CPU seconds of the whole process and of the wall, and what opening a tape takes. Fails unless
// both are the same bytes. Prints JSON.
//
//   npm run bench:witness -- [model ...]     default mnist-cnn-tiny mnist-cnn mnist-mlp; some minutes where circuits are compiled
import { cpus, loadavg } from "node:os";
import {
  challengedInputs,
  circuitInputs,
  claimWords,
  committedInputs,
  committedWords,
  emitCircom,
  emitCommittedCircom,
  interpret,
} from "@vouch/compiler";
import { openNative } from "@vouch/native";
import { evaluateWords } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  drawBlind,
  obtainWitness,
  passedTapes,
  terminate,
} from "@vouch/prover";
import type { CircuitInputs } from "@vouch/prover";
import { inputRows, openHome, readModelFolder } from "@vouch/publisher";
import { compileExample } from "./models/compileExample.ts";
import { MODELS } from "./models/examples.ts";

type Seconds = { readonly wall: number; readonly cpu: number };

const MODEL_NAMES = ["mnist-cnn-tiny", "mnist-cnn", "mnist-mlp"];
const REPEATS = 9;
const Z = 5n ** 100n;
const { cache } = openHome(".vouch");

const names = process.argv.length > 2 ? process.argv.slice(2) : MODEL_NAMES;
const models = [];
for (const name of names) models.push({ name, ...(await measureModel(name)) });
const machine = { cpu: cpus()[0]?.model, threads: cpus().length, node: process.version };
const command = "npm run bench:witness";
console.log(JSON.stringify({ command, machine, load: loadavg(), models }, undefined, 2));
await terminate();

async function measureModel(name: string): Promise<object> {
  const model = compileExample(name);
  const [row] = inputRows(readModelFolder(MODELS, name));
  if (row === undefined) throw new RangeError(`${name} has no samples`);
  const scale = 2 ** model.input.fractionBits;
  const input = Array.from(row.x, (it) => BigInt(Math.round(it * scale)));
  const opening = { weightsSalt: 99n, input, output: interpret(model.graph, input) };

  const { v, c } = claimWords(model, opening);
  const plain = circuitInputs(model, { ...opening, c, z: Z, e: evaluateWords(v, Z) });
  const blinds = { weights: drawBlind(), advice: drawBlind() };
  const committed = challengedInputs(committedInputs(model, opening, blinds), {
    ...{ z: Z, b: Z + 1n },
    e: evaluateWords(committedWords(model, opening), Z),
  });
  return {
    plain: await measure(`${name}, plain`, emitCircom(model), plain),
    committed: await measure(`${name}, committed`, emitCommittedCircom(model), committed),
  };
}

async function measure(name: string, source: string, inputs: CircuitInputs): Promise<object> {
  process.stderr.write(`${name}\n`);
  const circuit = await buildCircuit(source, { cache });
  const { constraints, wires, r1cs, layout } = circuit;
  const facts = { constraints, wires, eliminated: layout.eliminated.length };
  const wasm = await median(() => calculateWitness(circuit.wasm, inputs));
  const native = openNative();
  if (native === undefined) return { ...facts, wasm };

  const [made, reference] = [
    await obtainWitness(circuit, inputs),
    await calculateWitness(circuit.wasm, inputs),
  ];
  if (Buffer.compare(made, reference) !== 0) throw new Error(`the witnesses of ${name} differ`);
  const passed = passedTapes().find((it) => it.r1cs === r1cs);
  if (passed !== undefined) return { ...facts, wasm, passed: passed.why };
  const opening = await median(async () => {
    (await native.openTape(r1cs, layout.eliminated)).close();
  });
  const tape = await native.openTape(r1cs, layout.eliminated);
  const tapeBytes = tape.bytes;
  tape.close();
  const byTape = await median(() => obtainWitness(circuit, inputs));
  return { ...facts, wasm, tape: byTape, opening, tapeBytes };
}

async function median(work: () => Promise<unknown>): Promise<Seconds> {
  const samples: Seconds[] = [];
  // One more than is counted: the first loads and compiles code.
  for (let i = 0; i <= REPEATS; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(used);
    const seconds = { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
    if (i > 0) samples.push(seconds);
  }
  const of = (take: (it: Seconds) => number): number => {
    const sorted = samples.map(take).toSorted((a, b) => a - b);
    return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(4));
  };
  return { wall: of((it) => it.wall), cpu: of((it) => it.cpu) };
}
