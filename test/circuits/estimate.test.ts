import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { compile } from "../../offchain/compiler/compile.ts";
import { emitCircom } from "../../offchain/compiler/emit/circom.ts";
import { committedSizes } from "../../offchain/compiler/emit/committed/committedSizes.ts";
import { emitCommittedCircom } from "../../offchain/compiler/emit/committed/emitCommittedCircom.ts";
import { estimateModel } from "../../offchain/compiler/estimate/estimateModel.ts";
import type { CircuitPrice } from "../../offchain/compiler/estimate/modelEstimate.ts";
import { buildCircuit } from "../../offchain/prover/buildCircuit.ts";
import type { WeightsMode } from "../../offchain/compiler/ir/compiledModel.ts";
import { committedDevelopmentSetup } from "../../offchain/prover/committed/committedSetup.ts";
import { terminate } from "../../offchain/prover/curve.ts";
import { developmentSetup } from "../../offchain/prover/setup/developmentSetup.ts";
import { IS_DEEP } from "../helpers/deepOnly.ts";
import { floats, int, ints, node, onnxModel, randomNumbers } from "../helpers/onnxModel.ts";

const next = randomNumbers(5);
const numbers = (count: number): number[] => Array.from({ length: count }, next);
const ENCODINGS = {
  input: { mode: "public", bits: 8, fractionBits: 6 },
  output: { mode: "public", bits: 20, fractionBits: 8 },
} as const;
const samples = Array.from({ length: 4 }, () => numbers(16));

const MODELS = {
  "an MLP": onnxModel({
    input: ["N", 16],
    nodes: [
      node("Gemm", ["x", "w1", "b1"], "h", [int("transB", 1)]),
      node("Relu", ["h"], "r"),
      node("MatMul", ["r", "w2"], "y"),
    ],
    initializers: [
      floats("w1", [12, 16], numbers(192)),
      floats("b1", [12], numbers(12)),
      floats("w2", [12, 3], numbers(36)),
    ],
  }),
  "a convolution and a table": onnxModel({
    input: ["N", 16],
    nodes: [
      node("Reshape", ["x", "shape"], "image"),
      node("Conv", ["image", "kernel"], "c"),
      node("Sigmoid", ["c"], "y"),
    ],
    initializers: [ints("shape", [1, 1, 4, 4]), floats("kernel", [2, 1, 3, 3], numbers(18))],
  }),
};

/** Each of both models in the long run. */
const WEIGHTS: Readonly<Record<keyof typeof MODELS, readonly WeightsMode[]>> = {
  "an MLP": IS_DEEP ? ["private", "public"] : ["private"],
  "a convolution and a table": IS_DEEP ? ["private", "public"] : ["public"],
};

describe("estimateModel", function () {
  this.timeout(300_000);

  let cache = "";
  before(() => {
    cache = mkdtempSync(join(tmpdir(), "vouch-estimate-"));
  });
  after(async () => {
    await terminate();
    rmSync(cache, { recursive: true });
  });

  for (const name of ["an MLP", "a convolution and a table"] as const) {
    const file = MODELS[name];
    for (const weights of WEIGHTS[name]) {
      describe(`given ${name}, ${weights} weights`, () => {
        it("counts the constraints of the circuit within 1 %, and sizes of its files", async () => {
          const { price } = estimateModel(file, { name, ...ENCODINGS, samples });
          const circuit = price?.circuits[weights] as CircuitPrice;
          const compiled = compile(file, {
            name,
            ...ENCODINGS,
            weights,
            calibration: { samples },
          });
          const built = await buildCircuit(emitCircom(compiled), { cache });
          expect(circuit.constraints).to.be.within(
            built.constraints * 0.99,
            built.constraints * 1.01,
          );

          const { zkey } = await developmentSetup(built, { cache });
          const { size } = statSync(zkey);
          expect(circuit.bytes.provingKey).to.be.within(size * 0.75, size * 1.25);

          // The format's header, and 32 bytes a wire (calculateWitness.ts).
          const witness = 76 + 32 * built.wires;
          expect(circuit.bytes.witness).to.be.within(witness * 0.95, witness * 1.05);
        });

        if (weights === "private") {
          it("does so for the circuit by commit-and-prove", async () => {
            const { price } = estimateModel(file, { name, ...ENCODINGS, samples });
            const { committed } = price?.circuits[weights] as CircuitPrice;
            if (committed.status !== "priced") throw new Error(committed.message);
            const model = compile(file, { name, ...ENCODINGS, weights, calibration: { samples } });
            const built = await buildCircuit(emitCommittedCircom(model), { cache });
            expect(committed.constraints).to.equal(built.constraints);
            const { zkey } = await committedDevelopmentSetup(built, committedSizes(model), {
              cache,
            });
            const { size } = statSync(zkey);
            expect(committed.bytes.provingKey).to.be.within(size * 0.8, size * 1.2);
          });
        }
      });
    }
  }
});
