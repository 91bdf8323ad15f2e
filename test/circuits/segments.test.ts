import { expect } from "chai";
import { circuitInputs } from "../../offchain/compiler/emit/circuitInputs.ts";
import { claimWords } from "../../offchain/compiler/emit/claimWords.ts";
import { constraintEstimate } from "../../offchain/compiler/emit/constraintEstimate.ts";
import { emitCircom } from "../../offchain/compiler/emit/circom.ts";
import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import { splitValues } from "../../offchain/compiler/emit/joinEncoding.ts";
import { interpret } from "../../offchain/compiler/interpret.ts";
import { inputsOf } from "../../offchain/compiler/ir/integerGraph.ts";
import { rangeOfType } from "../../offchain/compiler/ir/range.ts";
import { runSegments } from "../../offchain/compiler/segments/runSegments.ts";
import { segmentGraph } from "../../offchain/compiler/segments/segmentGraph.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { compileCircuit, expectConstraintCount, field, isRefused } from "../helpers/circuit.ts";
import type { TestCircuit } from "../helpers/circuit.ts";
import { hashReference, packReference } from "../helpers/packing.ts";
import { everyOperation } from "../helpers/provableModels.ts";
import { randomIntegerGraph, someInputs } from "../helpers/randomIntegerGraph.ts";

const Z = 0x1234_5678_9abc_def0_1234_5678_9abc_def0n;
const SALTS = [11n, 22n, 33n, 44n, 55n] as const;
const evaluate = (v: readonly bigint[]): bigint =>
  field(v.reduce((sum, it, i) => sum + it * Z ** BigInt(i), 0n));

const RANDOM = { seed: 5, weights: "public", steps: 40 } as const;

const CASES: readonly (readonly [name: string, model: ProvableModel, share: number])[] = [
  ["every operation, private weights", everyOperation(1), 0.8],
  ["random operations, public weights", randomIntegerGraph(RANDOM), 0.9],
];

describe("circuits of segments", () => {
  for (const [name, model, share] of CASES) {
    describe(`given ${name}`, () => {
      const budget = Math.floor(constraintEstimate(model).total * share);
      const segments = segmentGraph(model, budget);
      const rows = someInputs(model.graph, 3);
      const typical = rows.at(-1)!;
      const compile = (index: number): Promise<TestCircuit> =>
        compileCircuit(emitCircom(segments[index]!));

      it("are several, each of the estimated and committed constraint count", async () => {
        expect(segments).to.have.length.above(1);
        for (const [index, segment] of segments.entries()) {
          const { r1cs } = await compile(index);
          expect(r1cs.constraints).to.have.length.at.most(budget);
          const estimate = constraintEstimate(segment).total;
          expect(estimate / r1cs.constraints.length).to.be.within(1, 1.01);
          expectConstraintCount(`segment ${index}: ${name}`, await compile(index));
        }
      });

      it("prove together what the integers give, joined by equal commitments", async () => {
        for (const x of rows) {
          const passed = runSegments(segments, x);
          expect(passed.at(-1)).to.deep.equal(interpret(model.graph, x));
          let join: bigint | undefined;
          for (const [index, segment] of segments.entries()) {
            const circuit = await compile(index);
            const { inputs, v } = claimOf(segment, index, passed);
            const witness = await circuit.calculate(inputs);
            expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
            if (segment.input.mode === "join") {
              expect(v[segment.weights === "private" ? 1 : 0]).to.equal(join);
            }
            if (segment.output.mode !== "join") continue;
            join = v.at(-1);
            const parts = splitValues(segment.output.tensors, passed[index + 1]!);
            const tensors = segment.output.tensors.map(({ type }, i) => ({
              ...type,
              values: parts[i]!,
            }));
            expect(join).to.equal(hashReference(5, [SALTS[index + 1]!, ...packReference(tensors)]));
          }
        }
      });

      it("refuse activations that the join's commitment is not to, in every place", async () => {
        const passed = runSegments(segments, typical);
        for (const [index, segment] of segments.entries()) {
          if (segment.input.mode !== "join") continue;
          const circuit = await compile(index);
          const { v, inputs } = claimOf(segment, index, passed);
          expect(await isRefused(circuit, inputs)).to.equal(false);
          for (const at of passed[index]!.keys()) {
            const { lo, hi } = rangeOfElement(segment, at);
            const other = passed[index]!.with(at, passed[index]![at] === lo ? hi : lo);
            if (other[at] === passed[index]![at]) continue;
            const after = runSegments([segment], other)[1]!;
            const changed = passed.with(index, other).with(index + 1, after);
            const { inputs: own } = claimOf(segment, index, changed);
            expect(await isRefused(circuit, own), "a claim of its own").to.equal(false);
            // The verifier evaluates the commitment that the segment before gave out.
            const join = segment.weights === "private" ? 1 : 0;
            const { inputs: forged } = claimOf(segment, index, changed, (words) =>
              words.with(join, v[join]!),
            );
            expect(await isRefused(circuit, forged)).to.equal(true);
          }
        }
      });

      it("refuse activations outside their types, though the commitment be to them", async () => {
        const passed = runSegments(segments, typical);
        for (const [index, segment] of segments.entries()) {
          if (segment.input.mode !== "join") continue;
          const circuit = await compile(index);
          const { inputs } = claimOf(segment, index, passed);
          let at = 0;
          for (const [place, { shape }] of inputsOf(segment.graph).entries()) {
            const signal = place === 0 ? "x" : `x${place}`;
            const { lo, hi } = rangeOfElement(segment, at);
            for (const value of [lo - 1n, hi + 1n]) {
              const values = inputs[signal] as readonly bigint[];
              const wrong = values.with(-1, field(value));
              expect(await isRefused(circuit, { ...inputs, [signal]: wrong })).to.equal(true);
            }
            at += shape.reduce((product, it) => product * it, 1);
          }
        }
      });

      it("refuse another salt on one side", async () => {
        const passed = runSegments(segments, typical);
        for (const [index, segment] of segments.entries()) {
          const circuit = await compile(index);
          const { inputs } = claimOf(segment, index, passed);
          const salts = Object.keys(inputs).filter((it) => it.endsWith("Salt"));
          const sides =
            Number(segment.input.mode === "join") + Number(segment.output.mode === "join");
          expect(salts.filter((it) => it !== "weightsSalt")).to.have.length.at.least(sides);
          for (const salt of salts) {
            expect(await isRefused(circuit, { ...inputs, [salt]: 99n })).to.equal(true);
          }
        }
      });
    });
  }
});

/** What a segment's circuit is given; `evaluated` turns its words into those that the verifier evaluates. */
function claimOf(
  segment: ProvableModel,
  index: number,
  passed: readonly (readonly bigint[])[],
  evaluated: (v: readonly bigint[]) => readonly bigint[] = (v) => v,
) {
  const opening = {
    ...{ input: passed[index]!, output: passed[index + 1]! },
    ...{ inputSalt: SALTS[index]!, outputSalt: SALTS[index + 1]! },
    weightsSalt: 7n + BigInt(index),
  };
  const { v, c } = claimWords(segment, opening);
  return {
    v,
    inputs: circuitInputs(segment, { ...opening, c, z: Z, e: evaluate(evaluated(v)) }),
  };
}

/** Range of the type of the element at a place of what a join carries. */
function rangeOfElement(segment: ProvableModel, at: number) {
  const types = inputsOf(segment.graph).flatMap(({ shape, type }) =>
    Array.from({ length: shape.reduce((product, it) => product * it, 1) }, () => type),
  );
  return rangeOfType(types[at]!);
}
