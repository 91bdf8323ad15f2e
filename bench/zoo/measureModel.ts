import { readFileSync } from "node:fs";
import type { CompiledModel, WeightsMode } from "@vouch/compiler";
import {
  circuitInputs,
  claimWords,
  compile,
  CompilerError,
  constraintEstimate,
  emitCircom,
  interpret,
} from "@vouch/compiler";
import type { Domain, Hex, Receipt, RequestId, Statement, TensorEncoding } from "@vouch/protocol";
import {
  challenge,
  contentId,
  evaluateWords,
  hashOfWords,
  NO_FLOOR,
  packWords,
  ProtocolError,
  quantizeTensor,
  statementDigest,
  weightsSalt,
} from "@vouch/protocol";
import type { OnProgress } from "@vouch/prover";
import {
  buildCircuit,
  calculateWitness,
  developmentSetup,
  ProverError,
  proveWitness,
  witnessValues,
} from "@vouch/prover";
import type { PreparedRelease, ReleaseBundle, ReleasePlan } from "@vouch/publisher";
import { prepareRelease, PublisherError } from "@vouch/publisher";
import { loadIntegerModel } from "@vouch/execution";
import { decodeModel } from "../../offchain/compiler/onnx/modelProto.ts";
import { openOnnx, widened } from "../../test/helpers/onnxRun.ts";
import { watchMemory } from "./peakMemory.ts";
import type { ZooEntry } from "./zooEntry.ts";
import { fileOf } from "./zooEntry.ts";
import type { ZooModel } from "./zooModel.ts";
import { readEntry } from "./zooModel.ts";
import type { EncodingText, ZooDraft, ZooFailure, ZooRow } from "./zooRow.ts";

export type MeasureOptions = {
  readonly weights: WeightsMode;
  /** Models of more constraints are compiled and run, not proven. */
  readonly maxConstraints: number;
  /** Of the chain that the receipt is for. */
  readonly domain: Domain;
  readonly publisher: Hex;
  readonly operator: Hex;
  readonly cache: string;
};

export type Measured = {
  readonly row: ZooRow;
  /** A release and a receipt of it, for a chain to accept; absent where nothing was proven. */
  readonly proven?: { readonly bundle: ReleaseBundle; readonly receipt: Receipt };
};

/** Compiles, runs, sets up and proves a model; what fails is part of the row, and so is what was measured before. */
export async function measureModel(
  entry: ZooEntry,
  options: MeasureOptions,
  onProgress: OnProgress,
): Promise<Measured> {
  const { name, source } = entry;
  const row: ZooDraft = { name, source, weights: options.weights, ops: [] };
  const memory = watchMemory();
  let step = "read";
  const enter: OnProgress = (next, fraction) => {
    step = next;
    onProgress(next, fraction);
  };
  try {
    const proven = await measure(entry, options, row, enter);
    return { row, ...(proven === undefined ? {} : { proven }) };
  } catch (error) {
    row.failure = { step, ...problemOf(error) };
    return { row };
  } finally {
    row.peakMegabytes = memory();
  }
}

async function measure(
  entry: ZooEntry,
  { weights, maxConstraints, domain, publisher, operator, cache }: MeasureOptions,
  row: ZooDraft,
  enter: OnProgress,
): Promise<Measured["proven"]> {
  enter("read");
  row.ops = opsOf(readFileSync(fileOf(entry)));
  const model = readEntry(entry);
  row.inputs = model.inputs;

  enter("compile");
  const compiling = await timed(() => fitOutput(model, entry.name, weights));
  const { compiled, output } = compiling.value;
  const text = emitCircom(compiled);
  row.input = describe(compiled.input);
  row.output = describe(compiled.output);
  row.circuitBytes = Buffer.byteLength(text);
  row.seconds = { compile: compiling.seconds };
  const estimate = constraintEstimate(compiled).total;
  row.constraints = { estimate };

  enter("run");
  await compare(model, compiled, row);
  if (estimate > maxConstraints) {
    row.notProven = `${estimate} constraints, more than ${maxConstraints}`;
    return undefined;
  }

  const built = new Set<string>();
  const note: OnProgress = (it, fraction) => {
    built.add(it.split(":")[0] ?? it);
    enter(it, fraction);
  };
  enter("circuit");
  const options = { cache, onProgress: note };
  const circuit = await timed(() => buildCircuit(text, options));
  row.constraints = { estimate, r1cs: circuit.value.constraints };
  if (built.has("compile circuit")) row.seconds = { ...row.seconds, circom: circuit.seconds };
  enter("set-up");
  const setUp = await timed(() => developmentSetup(circuit.value, options));
  if (built.has("development set-up")) row.seconds = { ...row.seconds, setUp: setUp.seconds };

  enter("release");
  const plan: ReleasePlan = {
    file: model.file,
    model: entry.name,
    version: "zoo",
    publisher,
    calibration: model.calibration,
    heldOut: model.tried,
    input: model.input,
    output,
    weights,
    dimensions: model.dimensions,
    setup: { kind: "development" },
    licence: "none",
    royaltyBps: 0,
    floor: NO_FLOOR,
    // The same salt every time, so that a cached circuit's release is the same, too; nothing here is secret.
    ...(weights === "private" ? { salt: contentId(model.file) } : {}),
  };
  const prepared = await prepareRelease(plan, { cache });
  return proveRow(prepared, model, row, { domain, operator }, enter);
}

/** Compares the lowerings with each other, and with the file in onnxruntime. */
async function compare(model: ZooModel, compiled: CompiledModel, row: ZooDraft): Promise<void> {
  const { graph, output } = compiled;
  // onnxruntime has no MatMul of int8, which some exporters write for truth values: with int32 it is the same function.
  const float = await openOnnx(model.file, compiled.float).catch(() =>
    openOnnx(widened(model.file), compiled.float),
  );
  const integers = await loadIntegerModel(row.name, graph);
  let [max, largestOutput, isExact] = [0, 0, true];
  for (const tried of model.tried) {
    const input = quantizeTensor(tried, compiled.input);
    const own = interpret(graph, input);
    const again = await integers.run(input);
    isExact &&= own.length === again.length && own.every((it, i) => it === again[i]);
    const expected = await float(tried);
    own.forEach((it, i) => {
      const value = expected[i];
      if (value === undefined) return; // a text, or a map
      max = Math.max(max, Math.abs(value - Number(it) / 2 ** output.fractionBits));
      largestOutput = Math.max(largestOutput, Math.abs(value));
    });
  }
  await integers.release();
  row.bitExact = isExact;
  row.lowerings = ["interpreter", "onnx"];
  row.error = { max, largestOutput, rows: model.tried.length };
}

/**
 * Proves the first row. The circuit computes its own output and forms `c` and `e` over it, so a witness for the
 * interpreter's `c` and `e` exists only where both outputs are the same.
 */
async function proveRow(
  { bundle, compiled, circuits }: PreparedRelease,
  model: ZooModel,
  row: ZooDraft,
  { domain, operator }: Pick<MeasureOptions, "domain" | "operator">,
  enter: OnProgress,
): Promise<Measured["proven"]> {
  enter("witness");
  const input = quantizeTensor(model.tried[0] ?? [], compiled.input);
  const output = interpret(compiled.graph, input);
  const words = {
    input: packWords(input, compiled.input),
    output: packWords(output, compiled.output),
  };
  const statement: Statement = {
    release: bundle.id,
    request: contentId(new TextEncoder().encode(row.name)) as RequestId,
    operator,
    inputHash: hashOfWords(words.input),
    outputHash: hashOfWords(words.output),
  };
  const { salt } = bundle;
  const opening = {
    input,
    output,
    ...(salt === undefined ? {} : { weightsSalt: weightsSalt(salt) }),
  };
  const { v, c } = claimWords(compiled, opening);
  const z = challenge(c, statementDigest(domain, statement));
  const e = evaluateWords(v, z);
  const inputs = circuitInputs(compiled, { ...opening, c, z, e });
  const [prepared] = circuits;
  if (prepared === undefined) throw new Error("the release has no circuit");
  const { artefacts, setup } = prepared;
  const witness = await timed(() => calculateWitness(artefacts.wasm, inputs));
  row.seconds = { ...row.seconds, witness: witness.seconds };
  const signals = witnessValues(witness.value).slice(1, 4);
  row.bitExact &&= [c, z, e].every((it, i) => it === signals[i]);
  row.lowerings = [...(row.lowerings ?? []), "witness"];

  enter("prove");
  const proving = { wasm: artefacts.wasm, zkey: setup.zkey, key: setup.key };
  const proof = await timed(() => proveWitness(proving, witness.value));
  row.seconds = { ...row.seconds, prove: proof.seconds };
  const receipt: Receipt = {
    domain,
    statement,
    ...words,
    evidence: [{ kind: "zk", commitment: c, proof: proof.value.proof }],
    release: bundle.release,
    circuit: bundle.circuit,
  };
  return { bundle, receipt };
}

/** Compiles with an output of 32 bits, of which the compiler says how many may be its fraction where they are too many. */
function fitOutput(
  model: ZooModel,
  name: string,
  weights: WeightsMode,
): { readonly compiled: CompiledModel; readonly output: ZooModel["output"] } {
  const { file, input, dimensions } = model;
  const attempt = (output: ZooModel["output"]): CompiledModel =>
    compile(file, {
      ...{ name, input, output, weights, dimensions },
      calibration: { samples: model.calibration },
    });
  const { output } = model;
  try {
    return { compiled: attempt(output), output };
  } catch (error) {
    const isOwnChoice = model.inputs !== "samples" && error instanceof CompilerError;
    if (!isOwnChoice || !("fractionBits" in error.data) || error.data.fractionBits < 0) throw error;
    const less = { ...output, fractionBits: error.data.fractionBits };
    return { compiled: attempt(less), output: less };
  }
}

function opsOf(file: Uint8Array): readonly string[] {
  const nodes = decodeModel(file).graph?.node ?? [];
  return [...new Set(nodes.map(({ opType = "" }) => opType))].sort();
}

function describe({ elements, signed, bits, fractionBits }: TensorEncoding): EncodingText {
  return `${elements} x ${signed ? "i" : "u"}${bits}.${fractionBits}`;
}

function problemOf(error: unknown): Omit<ZooFailure, "step"> {
  const isOurs =
    error instanceof CompilerError ||
    error instanceof ProverError ||
    error instanceof PublisherError ||
    error instanceof ProtocolError;
  const message = error instanceof Error ? error.message : String(error);
  return { code: isOurs ? error.code : "UNEXPECTED", message };
}

async function timed<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = performance.now();
  const value = await work();
  return { value, seconds: Math.round(performance.now() - start) / 1000 };
}
