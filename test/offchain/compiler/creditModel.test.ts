import { quantizeTensor } from "@vouch/protocol";
import type { CompiledModel } from "@vouch/compiler";
import {
  compile,
  driftReport,
  emitCircom,
  emitIntegerOnnx,
  interpret,
  runFloat,
} from "@vouch/compiler";
import { expect } from "chai";
import { decodeModel, encodeModel } from "../../../offchain/compiler/onnx/modelProto.ts";
import { CREDIT_OPTIONS, creditModel, randomNumbers, session } from "../../helpers/onnxModel.ts";
import { expectClose } from "../../helpers/expectClose.ts";

describe("compile, the credit model", () => {
  const { file, samples } = creditModel();
  const inputs = samples.map((it) => it.input);
  const compiled = compile(file, { ...CREDIT_OPTIONS, calibration: { samples: inputs } });

  it("gives the same graph and bytes again", () => {
    const again = compile(file, { ...CREDIT_OPTIONS, calibration: { samples: inputs } });
    expect(again).to.deep.equal(compiled);
    expect(emitIntegerOnnx(again.graph)).to.deep.equal(emitIntegerOnnx(compiled.graph));
  });

  it("gives the same graph from the recorded ranges", () => {
    const ranges = JSON.parse(JSON.stringify(compiled.ranges)) as Record<string, number>;
    const again = compile(file, { ...CREDIT_OPTIONS, calibration: { ranges } });
    expect(again.graph).to.deep.equal(compiled.graph);
  });

  it("is two layers, the ReLU within the first rescale", () => {
    const computing = compiled.graph.nodes.filter((it) => it.op !== "view");
    const nodes = computing.map((it) => ({
      op: it.op,
      type: it.output.type,
      ...(it.op === "rescale" ? { shift: it.shift, relu: it.relu } : {}),
    }));
    expect(nodes).to.deep.equal([
      { op: "linear", type: { bits: 26, signed: true } },
      { op: "rescale", type: { bits: 8, signed: false }, shift: 14, relu: true },
      { op: "linear", type: { bits: 21, signed: true } },
      { op: "rescale", type: { bits: 32, signed: true }, shift: 2, relu: false },
    ]);
    const committed = compiled.graph.parameters.map(({ shape, type: { bits } }) => [
      bits,
      ...shape,
    ]);
    expect(committed).to.deep.equal([
      [8, 16, 61],
      [25, 16],
      [6, 1],
      [8, 1, 16],
      [20, 1],
      [20, 1],
    ]);
  });

  it("agrees with onnxruntime in real numbers", async () => {
    const { float } = await session(file, [1, 61]);
    for (const { input, logit } of samples) {
      const [expected] = await float(input);
      const [actual] = runFloat(compiled.float, input);
      expectClose(actual, expected!, 1e-5);
      expectClose(actual, logit, 1e-5);
    }
  });

  it("equals onnxruntime on the emitted integer model, bit for bit", async () => {
    const { integer } = await session(emitIntegerOnnx(compiled.graph), [61]);
    for (const input of inputs) {
      const integers = quantizeTensor(input, compiled.input);
      expect(await integer(integers)).to.deep.equal(interpret(compiled.graph, integers));
    }
  });

  it("equals it at the ends of the input's range, too", async () => {
    const { integer } = await session(emitIntegerOnnx(compiled.graph), [61]);
    const random = randomNumbers(1);
    for (let run = 0; run < 100; run++) {
      const integers = Array.from({ length: 61 }, () => {
        const it = random();
        return it < -0.4 ? -2048n : it > 0.4 ? 2047n : BigInt(Math.floor(it * 2048));
      });
      expect(await integer(integers)).to.deep.equal(interpret(compiled.graph, integers));
    }
  });

  it("keeps every decision and drifts by less than 0.01", () => {
    const report = driftReport(compiled, inputs);
    expect(report.rows).to.equal(24);
    expect(report.agreement).to.equal(1);
    expect(report.maxAbsError).to.be.within(1e-6, 0.01);
    expect(report.meanAbsError).to.be.within(1e-6, 0.004);
  });

  it("keeps its decisions when calibrated on other rows than it is measured on", () => {
    const calibration = { samples: inputs.slice(0, 12) };
    const half = compile(file, { ...CREDIT_OPTIONS, calibration });
    const report = driftReport(half, inputs.slice(12));
    expect(report.agreement).to.equal(1);
    expect(report.maxAbsError).to.be.below(0.1);
  });

  for (const scale of [1e-3, 1, 4]) {
    it(`has the structure of any training, here of weights up to ${scale}`, () => {
      const retrained = compile(retrain(file, scale), {
        ...CREDIT_OPTIONS,
        calibration: { samples: inputs },
      });
      expect(structureOf(retrained)).to.deep.equal(structureOf(compiled));
      expect(valuesOf(retrained)).not.to.deep.equal(valuesOf(compiled));
      expect(emitCircom(retrained)).to.equal(emitCircom(compiled));
    });
  }

  it("has the structure of a training that left everything 0", () => {
    const calibration = { samples: inputs };
    const retrained = compile(retrain(file, 0), { ...CREDIT_OPTIONS, calibration });
    expect(structureOf(retrained)).to.deep.equal(structureOf(compiled));
    expect(interpret(retrained.graph, Array<bigint>(61).fill(5n))).to.deep.equal([0n]);
  });
});

/** The same architecture with other weights. */
function retrain(file: Uint8Array, scale: number): Uint8Array {
  const model = decodeModel(file);
  const random = randomNumbers(7);
  const initializer = model.graph!.initializer!.map((it) => {
    const values = Float32Array.from({ length: it.rawData!.length / 4 }, () => scale * random());
    return { ...it, rawData: new Uint8Array(values.buffer) };
  });
  return encodeModel({ ...model, graph: { ...model.graph, initializer } });
}

function structureOf({ graph, input, output }: CompiledModel): unknown {
  const parameters = graph.parameters.map(({ id, shape, type }) => ({ id, shape, type }));
  return { ...graph, parameters, encodings: [input, output] };
}

function valuesOf({ graph }: CompiledModel): unknown {
  return graph.parameters.map((it) => it.values);
}
