import type { CompiledModel, TableError } from "@vouch/compiler";
import { compile, estimateModel, estimateTables, interpret, tableErrors } from "@vouch/compiler";
import { expect } from "chai";
import { printTables } from "../../../offchain/hardhat/tasks/printTables.ts";
import { floats, node, onnxModel } from "../../helpers/onnxModel.ts";

const OPTIONS = {
  name: "table",
  input: { mode: "public", bits: 24, fractionBits: 14 },
  output: { mode: "public", bits: 32, fractionBits: 16 },
} as const;

type Case = {
  readonly op: string;
  readonly f: (x: number) => number;
  readonly from: number;
  readonly to: number;
  /** What the answers may be off by. */
  readonly most: number;
};

const CASES: readonly Case[] = [
  { op: "Log", f: Math.log, from: 0.01, to: 20, most: 0.08 },
  { op: "Log", f: Math.log, from: 0.0005, to: 1, most: 0.25 },
  { op: "Sin", f: Math.sin, from: -60, to: 60, most: 0.01 },
  { op: "Cos", f: Math.cos, from: -60, to: 60, most: 0.01 },
  { op: "Atan", f: Math.atan, from: -100, to: 100, most: 0.03 },
  { op: "Asin", f: Math.asin, from: -1, to: 1, most: 0.05 },
  { op: "Acos", f: Math.acos, from: -1, to: 1, most: 0.05 },
];

/** Arguments over an interval, dense towards 0 where it has one sign. */
function argumentsOf({ from, to }: Pick<Case, "from" | "to">): readonly number[] {
  return Array.from({ length: 400 }, (_, i) => {
    const part = i / 399;
    const x = from > 0 ? from * (to / from) ** part : from + (to - from) * part;
    return Math.round(x * 2 ** 14) / 2 ** 14;
  });
}

function compiledOf(op: string, inputs: readonly number[]): CompiledModel {
  const file = onnxModel({ nodes: [node(op, ["x"], "y")], input: ["N", 1] });
  const samples = inputs.map((it) => [it]);
  return compile(file, { ...OPTIONS, calibration: { samples } });
}

function answerOf({ graph }: CompiledModel, x: number): number {
  return Number(interpret(graph, [BigInt(Math.round(x * 2 ** 14))])[0]) / 2 ** 16;
}

describe("tables of functions", () => {
  for (const { op, f, from, to, most } of CASES) {
    describe(`given ${op} from ${from} to ${to}`, () => {
      const inputs = argumentsOf({ from, to });
      const model = compiledOf(op, inputs);
      const [stated] = tableErrors(model) as [TableError];

      it(`is within ${most}, and within what is stated`, () => {
        const rounding = 2 ** -15;
        for (const x of inputs) {
          const error = Math.abs(answerOf(model, x) - f(x));
          expect(error, `of ${x}`).to.be.at.most(Math.min(most, stated.maxError + rounding));
        }
        expect(stated.isAccurate).to.be.true;
      });

      it("is the same again of its ranges", () => {
        const file = onnxModel({ nodes: [node(op, ["x"], "y")], input: ["N", 1] });
        const again = compile(file, { ...OPTIONS, calibration: { ranges: model.ranges } });
        expect(again.graph).to.deep.equal(model.graph);
        expect(tableErrors(again)).to.deep.equal([stated]);
      });
    });
  }

  it("keeps one table where that is good enough", () => {
    const model = compiledOf("Log", argumentsOf({ from: 1, to: 20 }));
    const lookups = model.graph.nodes.filter((it) => it.op === "lookup");
    expect(lookups.map((it) => it.base.length)).to.deep.equal([128]);
  });

  it("does so where the samples say nothing, or one value", () => {
    for (const [op, value] of [
      ["Log", 1],
      ["Log", 0.7],
      ["Sin", 0],
    ] as const) {
      const model = compiledOf(op, [value]);
      expect(tableErrors(model)[0]?.isAccurate, `${op} of ${value}`).to.be.true;
      expect(model.graph.nodes.filter((it) => it.op === "lookup")).to.have.length(1);
    }
  });

  it("has one form for trainings whose ranges round to the same powers of two", () => {
    const formOf = (from: number, to: number): readonly number[] =>
      compiledOf("Log", argumentsOf({ from, to })).graph.nodes.flatMap((it) =>
        it.op === "lookup" ? [it.base.length, it.lowBits] : [],
      );
    expect(formOf(0.01, 20)).to.deep.equal(formOf(0.012, 30));
  });

  it("reaches ln(x + 1e-6)", () => {
    const nodes = [node("Add", ["x", "e"], "a"), node("Log", ["a"], "y")];
    const file = onnxModel({ nodes, initializers: [floats("e", [1], [1e-6])], input: ["N", 1] });
    const input = { mode: "public", bits: 32, fractionBits: 24 } as const;
    const integers = [0, 20, 1000, 30_000, 400_000, 10_000_000, 335_544_320].map(BigInt);
    const samples = integers.map((it) => [Number(it) / 2 ** 24]);
    for (const weights of ["private", "public"] as const) {
      const model = compile(file, { ...OPTIONS, input, weights, calibration: { samples } });
      for (const it of integers) {
        const answer = Number(interpret(model.graph, [it])[0]) / 2 ** 16;
        const expected = Math.log(Number(it) / 2 ** 24 + 1e-6);
        expect(Math.abs(answer - expected), `of ${it}`).to.be.below(0.1);
      }
    }
  });

  describe("given what no form is good enough for", () => {
    const file = onnxModel({ nodes: [node("Sin", ["x"], "y")], input: ["N", 1] });
    const input = { mode: "public", bits: 24, fractionBits: 8 } as const;
    const samples = [[-9000], [9000]];
    const estimate = estimateModel(file, { ...OPTIONS, input, samples });

    it("says so, with node and error", () => {
      const [table] = estimate.price!.tables;
      expect(table).to.include({ node: "Sin:y", function: "sin", isAccurate: false });
      expect(table!.maxError).to.be.above(1);
      const text = printTables(estimateTables(estimate)).replaceAll(/\s+/g, " ");
      expect(text).to.match(/mind.*Sin:y: the table of sin is at most/);
    });
  });

  it("states the error of a function that settles, too, as a note", () => {
    const file = onnxModel({ nodes: [node("Tanh", ["x"], "y")], input: ["N", 1] });
    const estimate = estimateModel(file, { ...OPTIONS, samples: [[-3], [3]] });
    const [table] = estimate.price!.tables;
    expect(table).to.include({ node: "Tanh:y", isAccurate: true });
    expect(table!.domain).to.deep.equal([-4, 4]);
    expect(table!.maxError).to.be.within(0.0005, 0.002);
    expect(JSON.parse(JSON.stringify(estimate))).to.deep.equal(estimate);
    expect(printTables(estimateTables(estimate))).to.include("Tanh:y: the table of tanh");
  });
});
