// From ONNX file to r1cs, by size: a network of two convolutions and a dense layer over images of growing side. Prints JSON.
//
//   npm run bench:compile -- [--sides 28,52,80] [--weights private|public]
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { WeightsMode } from "@vouch/compiler";
import { compile, constraintEstimate, emitCircom } from "@vouch/compiler";
import { buildCircuit } from "@vouch/prover";
import { ATTRIBUTE_TYPES } from "../offchain/compiler/onnx/modelProto.ts";
import { parseChoice } from "../offchain/hardhat/tasks/arguments.ts";
import { floats, node, onnxModel, randomNumbers } from "../test/helpers/onnxModel.ts";
import { watchMemory } from "./zoo/peakMemory.ts";

const [FIRST, SECOND, CLASSES, KERNEL, STRIDE] = [8, 16, 10, 5, 2];
const SAMPLES = 4;

const { values } = parseArgs({
  options: {
    sides: { type: "string", default: "28,52,80" },
    weights: { type: "string", default: "private" },
  },
});
const weights = parseChoice("weights", values.weights, ["private", "public"]);
const sides = values.sides.split(",").map(Number);
const wrong = sides.find((it) => !Number.isInteger(it) || windows(windows(it)) < 1);
if (wrong !== undefined) throw new RangeError(`--sides: no image has side ${wrong}`);

const cache = await mkdtemp(join(tmpdir(), "vouch-compile-"));
try {
  const sizes: object[] = [];
  for (const side of sides) {
    process.stderr.write(`  … ${weights} weights, images of side ${side}\n`);
    sizes.push(await measure(side, weights));
  }
  const command = ["npm run bench:compile --", ...process.argv.slice(2)].join(" ");
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    threads: availableParallelism(),
    node: process.version,
  };
  console.log(JSON.stringify({ command, machine, weights, sizes }, undefined, 2));
} finally {
  await rm(cache, { recursive: true, force: true });
}

async function measure(side: number, mode: WeightsMode): Promise<object> {
  const memory = watchMemory();
  const file = convolutions(side);
  const next = randomNumbers(side);
  const samples = Array.from({ length: SAMPLES }, () =>
    Array.from({ length: side * side }, () => Math.abs(next())),
  );
  const compiled = await timed(() =>
    compile(file, {
      name: `side ${side}`,
      weights: mode,
      input: { mode: "public", bits: 8, fractionBits: 8, signed: false },
      output: { mode: "public", bits: 32, fractionBits: 16 },
      calibration: { samples },
    }),
  );
  const text = await timed(() => emitCircom(compiled.result));
  const estimate = await timed(() => constraintEstimate(compiled.result).total);
  const circuit = await timed(() => buildCircuit(text.result, { cache }));
  return {
    side,
    fileBytes: file.length,
    circuitBytes: Buffer.byteLength(text.result),
    constraints: circuit.result.constraints,
    estimate: estimate.result,
    seconds: {
      compile: compiled.seconds,
      text: text.seconds,
      estimate: estimate.seconds,
      circom: circuit.seconds,
    },
    peakMegabytes: memory(),
  };
}

async function timed<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly result: T; readonly seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: Math.round(performance.now() - start) / 1000 };
}

/** Windows along a side. */
function windows(side: number): number {
  return Math.floor((side - KERNEL) / STRIDE) + 1;
}

function convolutions(side: number): Uint8Array {
  const next = randomNumbers(1);
  const draw = (count: number): number[] => Array.from({ length: count }, next);
  const features = SECOND * windows(windows(side)) ** 2;
  const strides = [STRIDE, STRIDE].map(BigInt);
  const attributes = [{ name: "strides", type: ATTRIBUTE_TYPES.ints, ints: strides }];
  return onnxModel({
    input: ["N", 1, side, side],
    nodes: [
      node("Conv", ["x", "w0", "b0"], "c0", attributes),
      node("Relu", ["c0"], "a0"),
      node("Conv", ["a0", "w1", "b1"], "c1", attributes),
      node("Relu", ["c1"], "a1"),
      node("Flatten", ["a1"], "f"),
      node("Gemm", ["f", "w2", "b2"], "y"),
    ],
    initializers: [
      floats("w0", [FIRST, 1, KERNEL, KERNEL], draw(FIRST * KERNEL ** 2)),
      floats("b0", [FIRST], draw(FIRST)),
      floats("w1", [SECOND, FIRST, KERNEL, KERNEL], draw(SECOND * FIRST * KERNEL ** 2)),
      floats("b1", [SECOND], draw(SECOND)),
      floats("w2", [features, CLASSES], draw(features * CLASSES)),
      floats("b2", [CLASSES], draw(CLASSES)),
    ],
  });
}
