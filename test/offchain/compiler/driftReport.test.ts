import { readFileSync } from "node:fs";
import { expect } from "chai";
import { dequantizeTensor, quantizeTensor } from "@vouch/protocol";
import { compile } from "../../../offchain/compiler/compile.ts";
import { interpret } from "../../../offchain/compiler/interpret.ts";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import { driftReport } from "../../../offchain/compiler/driftReport.ts";
import { printTables } from "../../../offchain/hardhat/tasks/printTables.ts";
import { reportTables } from "../../../offchain/hardhat/tasks/reportTables.ts";
import { expectClose } from "../../helpers/expectClose.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { floats, node, onnxModel, randomNumbers, valueInfo } from "../../helpers/onnxModel.ts";

const INPUT = { mode: "public", bits: 12, fractionBits: 8 } as const;
const OUTPUT = { mode: "public", bits: 32, fractionBits: 16 } as const;
const next = randomNumbers(7);
const numbers = (count: number): number[] => Array.from({ length: count }, next);
const rowsOf = (count: number, elements = 4): number[][] =>
  Array.from({ length: count }, () => numbers(elements).map((it) => Math.round(it * 256) / 256));

/** Two layers; the second weights matrix has one great value, which leaves few bits for the others. */
function mlp(outputs: number, outlier = 1): Uint8Array {
  const second = numbers(outputs * 6);
  second[0] = outlier;
  return onnxModel({
    nodes: [
      node("MatMul", ["x", "w1"], "h"),
      node("Relu", ["h"], "r"),
      node("MatMul", ["r", "w2"], "y"),
    ],
    initializers: [floats("w1", [4, 6], numbers(24)), floats("w2", [6, outputs], second)],
  });
}

const compiled = (file: Uint8Array, samples: readonly number[][]) =>
  compile(file, { name: "test", input: INPUT, output: OUTPUT, calibration: { samples } });

describe("driftReport", () => {
  const rows = rowsOf(8);

  describe("given one number as output", () => {
    const model = compiled(mlp(1), rows);

    it("compares the sign with classes 0 and 1", () => {
      const { metric, agreement } = driftReport(
        model,
        rows,
        rows.map((_, i) => i % 2),
      );
      expect(metric).to.include({ name: "accuracy", rows: 8 });
      expect(agreement).to.equal(1);
      expect(metric?.integer).to.equal(metric?.float);
    });

    it("gives the root of the mean squared error for other labels", () => {
      const labels = rows.map(() => 0.5);
      const { metric, maxAbsError } = driftReport(model, rows, labels);
      expect(metric).to.include({ name: "rmse", rows: 8 });
      expectClose(metric?.integer, metric?.float ?? NaN, maxAbsError);
    });

    it("counts labelled rows only, and says nothing without any", () => {
      const labels = [1, undefined, undefined, 0.25];
      expect(driftReport(model, rows, labels).metric?.rows).to.equal(2);
      expect(driftReport(model, rows)).to.not.have.property("metric");
    });
  });

  it("compares the largest of several outputs with the class", () => {
    const model = compiled(mlp(3), rows);
    const { metric } = driftReport(model, rows, [0, 1, 2, 0, 1, 2, 0, 1]);
    expect(metric?.name).to.equal("accuracy");
    expect((metric?.float ?? NaN) * 8).to.satisfy(Number.isInteger);
  });

  it("gives the errors of each output of the file", () => {
    const file = onnxModel({
      nodes: [node("MatMul", ["x", "w"], "y"), node("Relu", ["y"], "z")],
      initializers: [floats("w", [4, 2], numbers(8))],
      graph: { output: [valueInfo("y", ["N", 2]), valueInfo("z", ["N", 2])] },
    });
    const model = compiled(file, rows);
    const report = driftReport(model, rows);
    const errors = rows.map((row) => {
      const exact = runFloat(model.float, row);
      const actual = dequantizeTensor(
        interpret(model.graph, quantizeTensor(row, model.input)),
        model.output,
      );
      return Array.from(exact, (it, i) => Math.abs(it - actual[i]!));
    });
    const ports = [
      ["y", 0],
      ["z", 2],
    ] as const;
    report.outputs.forEach((output, k) => {
      const [name, from] = ports[k]!;
      const own = errors.flatMap((it) => it.slice(from, from + 2));
      expect(output.name).to.equal(name);
      expect(output.maxAbsError).to.equal(Math.max(...own));
      expectClose(output.meanAbsError, own.reduce((sum, it) => sum + it, 0) / own.length, 1e-12);
    });
    expect(report.outputs).to.have.length(2);
    expect(report.maxAbsError).to.equal(Math.max(...errors.flat()));
    expectClose(report.meanAbsError, errors.flat().reduce((sum, it) => sum + it, 0) / 32, 1e-12);
  });

  it("shows the layer that hurts", () => {
    const ratios = (outlier: number): number => {
      const { layers } = driftReport(compiled(mlp(2, outlier), rows), rows);
      expect(layers[0]?.snr, "the input is on the grid of its encoding").to.equal(null);
      const hidden = layers.find(({ tensor }) => tensor === "r" || tensor === "h");
      expect(hidden?.snr).to.be.within(25, 70);
      return layers.at(-1)?.snr ?? NaN;
    };
    expect(ratios(1)).to.be.greaterThan(ratios(40));
  });

  it("is plain data", () => {
    const report = driftReport(compiled(mlp(2), rows), rows, [0, 1]);
    expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
  });

  it("reads as tables", () => {
    const labels = rows.map((_, i) => i % 2);
    const text = printTables(reportTables(driftReport(compiled(mlp(1), rows), rows, labels)));
    expect(text).to.match(/accuracy +[\d.]+ % +[\d.]+ % +8/);
    expect(text).to.match(/input +input +exact/);
    expect(text).to.match(/^ +y +\S+ +\S+$/m);
  });

  it("refuses no rows at all", () => {
    expect(codeOf(() => driftReport(compiled(mlp(1), rows), []))).to.equal("CALIBRATION_SAMPLE");
  });

  it("finds the credit model as good in integers as in floats", () => {
    const folder = new URL("../../../models/credit-german-mlp/", import.meta.url);
    const { samples } = JSON.parse(readFileSync(new URL("samples.json", folder), "utf8")) as {
      samples: { inputs: { x: number[] }; label: number }[];
    };
    const held = samples.map((it) => it.inputs.x);
    const model = compiled(readFileSync(new URL("model.onnx", folder)), held);
    const { metric, layers } = driftReport(
      model,
      held,
      samples.map((it) => it.label),
    );
    expect(metric?.integer).to.equal(metric?.float);
    expect(layers.length).to.be.greaterThan(2);
    for (const { snr } of layers) expect(snr ?? Infinity).to.be.greaterThan(25);
  });
});
