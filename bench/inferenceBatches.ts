// One circuit for B inferences of a release beside that of one, by plain Groth16 and by commit-and-prove: constraints, key, witness,
// proof, in all and for each inference; medians, CPU seconds of the whole process and of the wall, by the native prover. Every proof is
// made for the digest of a batch and verified. Weights are committed to once in each circuit. What has more constraints than LIMIT is
// counted, not proven. Prints JSON.
//
//   npm run bench:inference-batches -- [model ...]     default credit-german-mlp mnist-cnn-tiny mnist-mlp, ten minutes on two cores
import { stat } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import {
  batchModel,
  batchOpening,
  challengedInputs,
  circuitInputs,
  claimWords,
  committedEstimate,
  committedInputs,
  committedSizes,
  committedWords,
  constraintEstimate,
  emitCircom,
  emitCommittedCircom,
  groupValues,
  interpret,
} from "@vouch/compiler";
import type { CompiledModel, Opening, ProvableModel } from "@vouch/compiler";
import {
  batchDigest,
  challenge,
  evaluateWords,
  verifyCommitted,
  verifyGroth16,
  wordToHex,
} from "@vouch/protocol";
import type { CommittedClaim, Hex } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  commitWeights,
  committedDevelopmentSetup,
  developmentSetup,
  drawBlind,
  encodeValues,
  nativeProver,
  proveCommitted,
  proveWitness,
  terminate,
} from "@vouch/prover";
import type { CommittedSignals, NativeProver } from "@vouch/prover";
import { inputRows, openHome, readModelFolder } from "@vouch/publisher";
import { compileExample } from "./models/compileExample.ts";
import { MODELS } from "./models/examples.ts";

type Seconds = { readonly wall: number; readonly cpu: number };

const MODEL_NAMES = ["credit-german-mlp", "mnist-cnn-tiny", "mnist-mlp"];
const COUNTS = [1, 4, 16];
const REPEATS = 3;
/** Constraints of the largest circuit that is built: circom takes minutes and gigabytes beyond. */
const LIMIT = 2 ** 17;
const WEIGHTS_SALT = 99n;
const { cache } = openHome(".vouch");

const prover = nativeProver();
if (prover === undefined) throw new Error("the native prover is needed: npm run native:build");
const given = process.argv.slice(2);
const models = [];
for (const name of given.length > 0 ? given : MODEL_NAMES)
  models.push(await measureModel(name, prover));
const machine = { cpu: cpus()[0]?.model, threads: cpus().length, node: process.version };
const command = ["npm run bench:inference-batches --", ...given].join(" ");
console.log(JSON.stringify({ command, machine, load: loadavg(), models }, undefined, 2));
await terminate();

async function measureModel(name: string, native: NativeProver): Promise<object> {
  const single = compileExample(name);
  const batches = [];
  for (const inferences of COUNTS) {
    process.stderr.write(`${name}, ${inferences} inferences\n`);
    const model = batchModel(single, inferences);
    const opening = openingOf(single, name, inferences);
    batches.push({
      inferences,
      plain: await measurePlain(model, opening, inferences, native),
      committed: await measureCommitted(model, opening, inferences, native),
    });
  }
  return { name, batches };
}

/** The first samples of a model, again from the first where there are too few. */
function openingOf(model: CompiledModel, name: string, inferences: number): Opening {
  const rows = inputRows(readModelFolder(MODELS, name));
  const scale = 2 ** model.input.fractionBits;
  const openings = Array.from({ length: inferences }, (_, at) => {
    const row = rows[at % rows.length];
    if (row === undefined) throw new RangeError(`${name} has no samples`);
    const input = Array.from(row.x, (it) => BigInt(Math.round(it * scale)));
    return { input, output: interpret(model.graph, input) };
  });
  return batchOpening(openings, WEIGHTS_SALT);
}

async function measurePlain(
  model: ProvableModel,
  opening: Opening,
  inferences: number,
  native: NativeProver,
): Promise<object> {
  const { total, commitments } = constraintEstimate(model);
  const weights = commitments.find((it) => it.name === "weights")?.constraints ?? 0;
  const counted = { constraints: total, each: Math.round(total / inferences), weights };
  if (total > LIMIT) return counted;
  const circuit = await buildCircuit(emitCircom(model), { cache });
  requireCount(circuit.constraints, total);
  const { zkey, key } = await developmentSetup(circuit, { cache });
  const { v, c } = claimWords(model, opening);
  const z = challenge(c, digestOf(inferences));
  const inputs = circuitInputs(model, { ...opening, c, z, e: evaluateWords(v, z) });
  const witness = await calculateWitness(circuit.wasm, inputs);
  const options = { prover: native, selfCheck: false };
  return {
    ...counted,
    keyBytes: (await stat(zkey)).size,
    ...perInference(inferences, {
      witness: await median(() => calculateWitness(circuit.wasm, inputs)),
      prove: await median(async () => {
        const { proof, publicSignals } = await proveWitness({ zkey, key }, witness, options);
        return () => verifyGroth16(key, proof, publicSignals);
      }),
    }),
  };
}

async function measureCommitted(
  model: ProvableModel,
  opening: Opening,
  inferences: number,
  native: NativeProver,
): Promise<object> {
  const { total } = committedEstimate(model);
  const counted = { constraints: total, each: Math.round(total / inferences) };
  if (total > LIMIT) return counted;
  const circuit = await buildCircuit(emitCommittedCircom(model), { cache });
  requireCount(circuit.constraints, total);
  const { zkey, key } = await committedDevelopmentSetup(circuit, committedSizes(model), { cache });
  const blind = drawBlind();
  const parameters = model.graph.parameters.flatMap(({ values }) => values);
  const weights = await commitWeights(zkey, encodeValues([...parameters, blind]));
  const v = committedWords(model, opening);
  const claim: CommittedClaim = { weights, digest: digestOf(inferences), v };
  const draw = () => committedInputs(model, opening, { weights: blind, advice: drawBlind() });
  const inputs = draw();
  const advice = groupValues(inputs.advice);
  const values = encodeValues(advice);
  const kept: Uint8Array[] = [];
  const witnessOf = async (signals: CommittedSignals): Promise<Uint8Array> => {
    const witness = await calculateWitness(circuit.wasm, challengedInputs(inputs, signals));
    if (kept.length === 0) kept.push(witness);
    return witness;
  };
  const work = { advice, claim, witnessOf };
  const { proof, publicSignals } = await proveCommitted({ zkey, key }, work, { prover: native });
  if (!verifyCommitted(key, proof, claim)) throw new Error("a proof does not verify");
  const [z = 0n, b = 0n, e = 0n] = publicSignals;
  const [witness = new Uint8Array()] = kept;
  return {
    ...counted,
    keyBytes: (await stat(zkey)).size,
    ...perInference(inferences, {
      advice: await median(() => Promise.resolve(draw())),
      witness: await median(() => witnessOf({ z, b, e })),
      commit: await median(() => native.commit(zkey, values)),
      prove: await median(() => native.prove(zkey, witness)),
    }),
  };
}

/** The digest that a proof of so many statements is bound to; that of the statement for one. */
function digestOf(inferences: number): Hex {
  const digests = Array.from({ length: inferences }, (_, at) => wordToHex(BigInt(at + 1)));
  const [only] = digests;
  return only !== undefined && inferences === 1 ? only : batchDigest(digests);
}

function requireCount(constraints: number, estimated: number): void {
  if (constraints !== estimated)
    throw new RangeError(`${constraints} constraints, estimated ${estimated}`);
}

/** Seconds of each part, and what all take together for each inference. */
function perInference(inferences: number, parts: Readonly<Record<string, Seconds>>): object {
  const sum = (take: (it: Seconds) => number): number =>
    round(Object.values(parts).reduce((total, it) => total + take(it), 0) / inferences);
  return { ...parts, eachInference: { wall: sum((it) => it.wall), cpu: sum((it) => it.cpu) } };
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
    return round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  };
  return { wall: of((it) => it.wall), cpu: of((it) => it.cpu) };
}

function round(seconds: number): number {
  return Number(seconds.toFixed(4));
}

function isCheck(value: unknown): value is () => boolean {
  return typeof value === "function";
}
