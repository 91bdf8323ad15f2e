// Example models with private weights by plain Groth16 and by commit-and-prove, side by side on the same prover: constraints,
// key, witness, proof; medians of five, CPU seconds of the whole process and of the wall. Every proof is verified. Prints JSON.
//
//   npm run bench:prove-models -- [model ...]     default mnist-cnn-tiny mnist-cnn mnist-mlp, some ten minutes on two cores
import { stat } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import {
  challengedInputs,
  circuitInputs,
  claimWords,
  committedInputs,
  committedSizes,
  committedWords,
  emitCircom,
  emitCommittedCircom,
  groupValues,
  interpret,
} from "@vouch/compiler";
import type { CompiledModel, Opening } from "@vouch/compiler";
import { evaluateWords, verifyCommitted, verifyGroth16 } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  commitWeights,
  committedDevelopmentSetup,
  developmentSetup,
  drawBlind,
  encodeValues,
  nativeProver,
  portableProver,
  proveCommitted,
  proveWitness,
  SNARKJS_PROVER,
  terminate,
} from "@vouch/prover";
import type { CommittedProver, Prover } from "@vouch/prover";
import { inputRows, openHome, readModelFolder } from "@vouch/publisher";
import { compileExample } from "./models/compileExample.ts";
import { MODELS } from "./models/examples.ts";

type Seconds = { readonly wall: number; readonly cpu: number };

const MODEL_NAMES = ["mnist-cnn-tiny", "mnist-cnn", "mnist-mlp"];
const REPEATS = 5;
const DIGEST: Hex = `0x${"11".repeat(32)}`;
/** Any challenge: one that an entry of a table equals has no proof, as a hash never is. */
const Z = BigInt(DIGEST);
const { cache } = openHome(".vouch");

const names = process.argv.length > 2 ? process.argv.slice(2) : MODEL_NAMES;
const models = [];
for (const name of names) models.push(await measureModel(name));
const machine = { cpu: cpus()[0]?.model, threads: cpus().length, node: process.version };
const command = "npm run bench:prove-models";
console.log(JSON.stringify({ command, machine, load: loadavg(), models }, undefined, 2));
await terminate();

async function measureModel(name: string): Promise<object> {
  process.stderr.write(`${name}\n`);
  const model = compileExample(name);
  const [row] = inputRows(readModelFolder(MODELS, name));
  if (row === undefined) throw new RangeError(`${name} has no samples`);
  const scale = 2 ** model.input.fractionBits;
  const input = Array.from(row.x, (it) => BigInt(Math.round(it * scale)));
  const opening = { weightsSalt: 99n, input, output: interpret(model.graph, input) };
  return {
    name,
    plain: await measurePlain(model, opening),
    committed: await measureCommitted(model, opening),
  };
}

async function measurePlain(model: CompiledModel, opening: Opening): Promise<object> {
  const circuit = await buildCircuit(emitCircom(model), { cache });
  const { zkey, key } = await developmentSetup(circuit, { cache });
  const { v, c } = claimWords(model, opening);
  const inputs = circuitInputs(model, { ...opening, c, z: Z, e: evaluateWords(v, Z) });
  const witness = await calculateWitness(circuit.wasm, inputs);
  const proveBy = (prover: Prover): Promise<Seconds> =>
    median(async () => {
      const options = { prover, selfCheck: false };
      const { proof, publicSignals } = await proveWitness({ zkey, key }, witness, options);
      return () => verifyGroth16(key, proof, publicSignals);
    });
  const native = nativeProver();
  return {
    constraints: circuit.constraints,
    keyBytes: (await stat(zkey)).size,
    witness: await median(() => calculateWitness(circuit.wasm, inputs)),
    snarkjs: await proveBy(SNARKJS_PROVER),
    ...(native === undefined ? {} : { native: await proveBy(native) }),
  };
}

async function measureCommitted(model: CompiledModel, opening: Opening): Promise<object> {
  const circuit = await buildCircuit(emitCommittedCircom(model), { cache });
  const { zkey, key } = await committedDevelopmentSetup(circuit, committedSizes(model), { cache });
  const blind = drawBlind();
  const parameters = model.graph.parameters.flatMap(({ values }) => values);
  const weights = await commitWeights(zkey, encodeValues([...parameters, blind]));
  const claim = { weights, digest: DIGEST, v: committedWords(model, opening) };
  const draw = () => committedInputs(model, opening, { weights: blind, advice: drawBlind() });
  const advice = draw();
  const signals = { z: Z, b: Z + 1n, e: evaluateWords(claim.v, Z) };
  const witnessAt = (it: typeof signals) =>
    calculateWitness(circuit.wasm, challengedInputs(advice, it));
  const witness = await witnessAt(signals);
  const values = encodeValues(groupValues(advice.advice));
  const proveBy = async (prover: CommittedProver): Promise<object> => {
    const work = { advice: groupValues(advice.advice), claim, witnessOf: witnessAt };
    const { proof } = await proveCommitted({ zkey, key }, work, { prover });
    if (!verifyCommitted(key, proof, claim)) throw new Error(`${prover.name} proves nothing`);
    return {
      commit: await median(() => prover.commit(zkey, values)),
      prove: await median(() => prover.prove(zkey, witness)),
    };
  };
  const native = nativeProver();
  return {
    constraints: circuit.constraints,
    keyBytes: (await stat(zkey)).size,
    advice: await median(() => Promise.resolve(draw())),
    witness: await median(() => witnessAt(signals)),
    portable: await proveBy(portableProver),
    ...(native === undefined ? {} : { native: await proveBy(native) }),
  };
}

/** Medians of the work; where it returns a check, that is not timed, and fails the whole where it does not hold. */
async function median(work: () => Promise<unknown>): Promise<Seconds> {
  const samples: Seconds[] = [];
  // One more than is counted: the first loads code and opens the key.
  for (let i = 0; i <= REPEATS; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    const check = await work();
    const { user, system } = process.cpuUsage(used);
    const seconds = { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
    if (isCheck(check) && !check()) throw new Error("a proof does not verify");
    if (i > 0) samples.push(seconds);
  }
  const of = (take: (it: Seconds) => number): number => {
    const sorted = samples.map(take).toSorted((a, b) => a - b);
    return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(4));
  };
  return { wall: of((it) => it.wall), cpu: of((it) => it.cpu) };
}

function isCheck(value: unknown): value is () => boolean {
  return typeof value === "function";
}
