import type { CompiledModel } from "@vouch/compiler";
import {
  circuitInputs,
  claimWords,
  compile,
  emitCircom,
  emitIntegerOnnx,
  inferRanges,
  interpret,
  interpretAll,
  verifyIntegers,
} from "@vouch/compiler";
import { expect } from "chai";
import * as fc from "fast-check";
import type { IntegerType } from "../../offchain/compiler/ir/integerGraph.ts";
import { rangeOfType } from "../../offchain/compiler/ir/range.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { compileCircuit, field, isRefused } from "../helpers/circuit.ts";
import { IS_DEEP } from "../helpers/deepOnly.ts";
import { floats, node, onnxModel, randomNumbers, session } from "../helpers/onnxModel.ts";

const RUNS = IS_DEEP ? 200 : 40;

const random = randomNumbers(3);
const constant = (name: string, shape: readonly number[]) =>
  floats(name, shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random));

const MODELS = {
  // So wide that the outputs of its first layer share products.
  "an MLP": onnxModel({
    input: ["N", 40],
    nodes: [
      node("Gemm", ["x", "w0", "b0"], "a"),
      node("Relu", ["a"], "h"),
      node("Gemm", ["h", "w1", "b1"], "y"),
    ],
    initializers: [
      constant("w0", [40, 3]),
      constant("b0", [3]),
      constant("w1", [3, 2]),
      constant("b1", [2]),
    ],
  }),
  "a residual block": onnxModel({
    input: ["N", 4],
    nodes: [
      node("MatMul", ["x", "w0"], "a"),
      node("Add", ["a", "x"], "s"),
      node("Relu", ["s"], "h"),
      node("Add", ["h", "k"], "t"),
      node("MatMul", ["t", "w1"], "y"),
    ],
    initializers: [constant("w0", [4, 4]), constant("k", [1, 4]), constant("w1", [4, 1])],
  }),
};

const SALTS = { weightsSalt: 1n, inputSalt: 2n, outputSalt: 3n };
const Z = 0x7777_1234_5678_9abc_def0n;

/** Values of a type: all the same end, ends mixed with 0 and its neighbours, or anything. */
function valuesOf(type: IntegerType, count: number): fc.Arbitrary<readonly bigint[]> {
  const { lo, hi } = rangeOfType(type);
  const exactly = { minLength: count, maxLength: count };
  const ends = [lo, hi];
  const near = [lo, hi, lo + 1n, hi - 1n, 0n, 1n];
  return fc.oneof(
    fc.constantFrom(...ends).map((it) => Array.from({ length: count }, () => it)),
    fc.array(fc.constantFrom(...near), exactly),
    fc.array(fc.bigInt(lo, hi), exactly),
  );
}

/** Parameters that no compilation gives, in the order of the graph; and an input. */
function extremesOf({ graph }: CompiledModel) {
  const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  return fc.record({
    parameters: fc.tuple(...graph.parameters.map((it) => valuesOf(it.type, count(it.shape)))),
    input: valuesOf(graph.input.type, count(graph.input.shape)),
  });
}

function withParameters(
  model: CompiledModel,
  values: readonly (readonly bigint[])[],
): CompiledModel {
  const parameters = model.graph.parameters.map((it, i) => ({ ...it, values: values[i]! }));
  return { ...model, graph: verifyIntegers({ ...model.graph, parameters }) };
}

/** Circuit inputs of a claim that the output is `output`. */
function inputsFor(model: CompiledModel, input: readonly bigint[], output: readonly bigint[]) {
  const opening = { ...SALTS, input, output };
  const { v, c } = claimWords(model, opening);
  const e = field(v.reduce((sum, it, i) => sum + it * Z ** BigInt(i), 0n));
  return circuitInputs(model, { ...opening, c, z: Z, e });
}

describe("a generated circuit, its parameters anything that their types admit", () => {
  for (const [name, file] of Object.entries(MODELS)) {
    describe(`given ${name}`, () => {
      const model = compile(file, {
        name,
        input: { mode: "public", bits: 12, fractionBits: 8 },
        output: { mode: "committed", bits: 20, fractionBits: 8 },
        calibration: { samples: [Array.from({ length: name === "an MLP" ? 40 : 4 }, () => 1)] },
      });

      it("equals interpreter and onnxruntime, and refuses the outputs beside theirs", async () => {
        const source = emitCircom(model);
        expect(source.includes("GemmRescale(1, 40, 3,")).to.equal(name === "an MLP");
        const circuit = await compileCircuit(source);
        const seen = { least: 0, most: 0 };
        const { lo, hi } = rangeOfType(model.graph.output.type);
        await fc.assert(
          fc.asyncProperty(extremesOf(model), async ({ parameters, input }) => {
            const extreme = withParameters(model, parameters);
            expect(emitCircom(extreme)).to.equal(emitCircom(model));
            const output = interpret(extreme.graph, input);
            if (output.includes(lo)) seen.least++;
            if (output.includes(hi)) seen.most++;

            const { integer } = await session(
              emitIntegerOnnx(extreme.graph),
              extreme.graph.input.shape,
            );
            expect(await integer(input)).to.deep.equal(output);

            const witness = await circuit.calculate(inputsFor(extreme, input, output));
            expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
            const [first = 0n] = output;
            const beside = output.with(0, first === hi ? first - 1n : first + 1n);
            expect(await isRefused(circuit, inputsFor(extreme, input, beside))).to.be.true;
          }),
          { seed: 11, numRuns: RUNS },
        );
        expect(seen.least, "saturated below").to.be.above(RUNS / 30);
        expect(seen.most, "saturated above").to.be.above(RUNS / 30);
      });

      it("keeps every accumulator in its proven range, whose ends the first one reaches", () => {
        const ranges = inferRanges(model.graph);
        const first = model.graph.nodes[0]!.output.id;
        const reached = new Set<bigint>();
        fc.assert(
          fc.property(extremesOf(model), ({ parameters, input }) => {
            const all = interpretAll(withParameters(model, parameters).graph, input);
            for (const { output } of model.graph.nodes) {
              const { lo, hi } = ranges.get(output.id)!;
              const values = all.get(output.id)!;
              expect(
                values.every((it) => lo <= it && it <= hi),
                output.id,
              ).to.be.true;
              if (output.id === first) values.forEach((it) => reached.add(it));
            }
          }),
          { seed: 12, numRuns: 10 * RUNS },
        );
        const { lo, hi } = ranges.get(first)!;
        expect(reached).to.include(lo).and.to.include(hi);
      });
    });
  }
});
