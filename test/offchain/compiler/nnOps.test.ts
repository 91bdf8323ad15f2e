import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";
import type { Attributes, OpCase, OpInput } from "../../helpers/opCase.ts";
import { expectAgreement, opModel } from "../../helpers/opCase.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";

type Cases = Readonly<Record<string, OpCase>>;

const input = (...shape: number[]): OpInput => ({ shape });
const constant = (...shape: number[]): OpInput => ({ shape, isConstant: true });

function agrees(cases: Cases): void {
  for (const [name, it_] of Object.entries(cases)) {
    it(name, async () => {
      await expectAgreement(it_);
    });
  }
}

describe("convolutions against onnxruntime", () => {
  const conv = (attributes: Attributes, ...inputs: OpInput[]): OpCase => ({
    op: "Conv",
    attributes,
    inputs,
  });
  describe("Conv", () => {
    agrees({
      "of one axis": conv({}, input(1, 3, 8), constant(4, 3, 3), constant(4)),
      "of two axes": conv(
        { pads: [1, 1, 1, 1] },
        input(1, 2, 5, 6),
        constant(3, 2, 3, 3),
        constant(3),
      ),
      "of three axes": conv({}, input(1, 2, 3, 4, 3), constant(3, 2, 2, 2, 2), constant(3)),
      "without bias": conv({ kernel_shape: [2, 3] }, input(1, 2, 5, 6), constant(3, 2, 2, 3)),
      "of a batch": conv(
        { pads: [1, 0, 0, 2] },
        input(3, 2, 5, 6),
        constant(3, 2, 3, 3),
        constant(3),
      ),
      "with strides": conv(
        { strides: [2, 3] },
        input(1, 2, 9, 8),
        constant(3, 2, 3, 2),
        constant(3),
      ),
      "with dilations": conv(
        { dilations: [2, 3], pads: [2, 1, 0, 3] },
        input(1, 2, 9, 8),
        constant(3, 2, 3, 3),
        constant(3),
      ),
      "in groups": conv(
        { group: 2, pads: [1, 1, 1, 1] },
        input(2, 4, 5, 5),
        constant(6, 2, 3, 3),
        constant(6),
      ),
      "by channel": conv({ group: 4 }, input(1, 4, 5, 5), constant(4, 1, 3, 3), constant(4)),
      "with computed weights": conv({}, input(1, 2, 4, 4), input(3, 2, 2, 2), input(3)),
      "with computed weights in groups": conv(
        { group: 2 },
        input(2, 2, 4, 4),
        input(4, 1, 2, 2),
        constant(4),
      ),
      "with a computed bias": conv({}, input(1, 2, 4, 4), constant(3, 2, 2, 2), input(3)),
      ...Object.fromEntries(
        ["SAME_UPPER", "SAME_LOWER", "VALID"].flatMap((auto_pad) =>
          [
            [1, 1],
            [2, 2],
            [3, 2],
          ].map((strides) => [
            `with auto_pad ${auto_pad} and strides ${strides.join()}`,
            conv({ auto_pad, strides }, input(1, 2, 7, 6), constant(3, 2, 4, 3)),
          ]),
        ),
      ),
    });
    for (const [name, it_] of Object.entries({
      "channels do not fit": conv({}, input(1, 3, 5, 5), constant(3, 2, 3, 3)),
      "the kernel is longer than the image": conv({}, input(1, 2, 2, 2), constant(3, 2, 3, 3)),
      "the bias does not fit": conv({}, input(1, 2, 5, 5), constant(3, 2, 3, 3), constant(4)),
      "the ranks differ": conv({}, input(1, 2, 5), constant(3, 2, 3, 3)),
    } satisfies Cases)) {
      it(`is refused where ${name}`, () => {
        expect(codeOf(() => readModel(opModel(it_)))).to.equal("SHAPE_MISMATCH");
      });
    }
    it("is one matrix product however many groups there are", async () => {
      const graph = await expectAgreement(
        conv({ group: 48 }, input(1, 48, 4, 4), constant(48, 1, 3, 3), constant(48)),
      );
      expect(graph.nodes.length).to.be.at.most(8);
    });
  });
  describe("ConvTranspose", () => {
    const transpose = (attributes: Attributes, ...inputs: OpInput[]): OpCase => ({
      ...conv(attributes, ...inputs),
      op: "ConvTranspose",
    });
    agrees({
      "of one axis": transpose({}, input(1, 3, 5), constant(3, 4, 3), constant(4)),
      "of two axes": transpose({}, input(1, 2, 4, 3), constant(2, 3, 3, 2), constant(3)),
      "with strides": transpose(
        { strides: [2, 3] },
        input(2, 2, 4, 3),
        constant(2, 3, 3, 2),
        constant(3),
      ),
      "with pads": transpose(
        { strides: [2, 2], pads: [1, 0, 1, 2] },
        input(1, 2, 4, 3),
        constant(2, 3, 3, 3),
      ),
      "with output_padding": transpose(
        { strides: [2, 3], output_padding: [1, 2] },
        input(1, 2, 4, 3),
        constant(2, 3, 3, 3),
      ),
      "with dilations": transpose(
        { dilations: [2, 1], strides: [2, 1] },
        input(1, 2, 4, 3),
        constant(2, 3, 3, 3),
      ),
      "in groups": transpose(
        { group: 2, strides: [2, 2] },
        input(1, 4, 3, 3),
        constant(4, 3, 2, 2),
        constant(6),
      ),
      "with computed weights": transpose({}, input(1, 2, 4, 3), input(2, 3, 3, 2)),
      "with output_shape": transpose(
        { strides: [2, 2], output_shape: [7, 8] },
        input(1, 2, 4, 4),
        constant(2, 3, 3, 3),
      ),
      ...Object.fromEntries(
        ["SAME_UPPER", "SAME_LOWER", "VALID"].map((auto_pad) => [
          `with auto_pad ${auto_pad}`,
          transpose({ auto_pad, strides: [2, 3] }, input(1, 2, 4, 3), constant(2, 3, 4, 4)),
        ]),
      ),
      ...Object.fromEntries(
        ["NOTSET", "SAME_UPPER", "SAME_LOWER"].map((auto_pad) => [
          `with output_shape and auto_pad ${auto_pad}`,
          transpose(
            { auto_pad, strides: [2, 2], output_shape: [6, 8] },
            input(1, 2, 4, 4),
            constant(2, 3, 3, 3),
          ),
        ]),
      ),
    });
  });
});

describe("pools against onnxruntime", () => {
  const pool =
    (op: string) =>
    (attributes: Attributes, shape: readonly number[], opset = 13): OpCase => ({
      op,
      opset,
      attributes,
      inputs: [{ shape }],
    });
  /** What all pools have in common. */
  const common = (op: string, opset: number): Cases => {
    const of = pool(op);
    return {
      "of one axis": of({ kernel_shape: [3] }, [1, 2, 7], opset),
      "of two axes": of({ kernel_shape: [2, 3], strides: [2, 2] }, [1, 2, 6, 7], opset),
      "of three axes": of({ kernel_shape: [2, 2, 2] }, [1, 2, 3, 4, 3], opset),
      "of a batch": of({ kernel_shape: [2, 2] }, [2, 3, 4, 4], opset),
      "with pads": of(
        { kernel_shape: [3, 3], pads: [1, 0, 2, 1], strides: [2, 1] },
        [1, 2, 5, 6],
        opset,
      ),
      "with auto_pad SAME_UPPER": of(
        { kernel_shape: [3, 2], auto_pad: "SAME_UPPER", strides: [2, 1] },
        [1, 2, 6, 5],
        opset,
      ),
      "with auto_pad SAME_LOWER": of(
        { kernel_shape: [3, 2], auto_pad: "SAME_LOWER", strides: [2, 1] },
        [1, 2, 6, 5],
        opset,
      ),
      "with auto_pad VALID": of({ kernel_shape: [3, 2], auto_pad: "VALID" }, [1, 2, 6, 5], opset),
    };
  };
  const rounded = (op: string, opset: number): Cases => {
    const of = pool(op);
    const attributes = { kernel_shape: [3, 2], ceil_mode: 1 };
    return {
      "with ceil_mode": of({ ...attributes, strides: [2, 2] }, [1, 2, 6, 7], opset),
      "with ceil_mode and pads": of(
        { ...attributes, strides: [3, 2], pads: [1, 1, 1, 1] },
        [1, 2, 6, 6],
        opset,
      ),
    };
  };
  describe("MaxPool", () => {
    agrees({
      ...common("MaxPool", 13),
      ...rounded("MaxPool", 13),
      "of opset 7": pool("MaxPool")({ kernel_shape: [2, 2] }, [1, 2, 4, 4], 7),
      "with dilations": pool("MaxPool")({ kernel_shape: [2, 3], dilations: [3, 2] }, [1, 2, 7, 7]),
      "of negative numbers in padding": {
        op: "MaxPool",
        attributes: { kernel_shape: [3], pads: [1, 1] },
        inputs: [{ shape: [1, 1, 4], values: [-3, -1, -2, -4] }],
      },
    });
    it("is refused where its indices are read", () => {
      const model = opModel({
        op: "MaxPool",
        attributes: { kernel_shape: [2, 2] },
        inputs: [input(1, 1, 4, 4)],
        outputs: ["float", "int64"],
      });
      expect(codeOf(() => readModel(model))).to.equal("OP_FORM_UNSUPPORTED");
    });
  });
  describe("AveragePool", () => {
    const include = { count_include_pad: 1 };
    agrees({
      ...common("AveragePool", 13),
      ...rounded("AveragePool", 13),
      ...Object.fromEntries(
        Object.entries({ ...common("AveragePool", 13), ...rounded("AveragePool", 13) }).map(
          ([name, it]) => [
            `${name}, its padding counted`,
            { ...it, attributes: { ...it.attributes, ...include } },
          ],
        ),
      ),
      "with dilations": pool("AveragePool")(
        { kernel_shape: [2, 3], dilations: [3, 2], pads: [1, 2, 0, 1] },
        [1, 2, 7, 7],
        19,
      ),
    });
  });
  describe("LpPool", () => {
    agrees({
      ...common("LpPool", 13),
      ...rounded("LpPool", 18),
      "of order 1": pool("LpPool")({ kernel_shape: [2, 2], p: 1 }, [1, 2, 4, 4]),
      "of order 3": pool("LpPool")({ kernel_shape: [2, 2], p: 3 }, [1, 2, 4, 4]),
      "with dilations": pool("LpPool")(
        { kernel_shape: [2, 3], dilations: [3, 2] },
        [1, 2, 7, 7],
        18,
      ),
    });
  });
  describe("of the whole image", () => {
    agrees({
      GlobalAveragePool: pool("GlobalAveragePool")({}, [2, 3, 4, 5]),
      "GlobalAveragePool of one axis": pool("GlobalAveragePool")({}, [2, 3, 4]),
      GlobalMaxPool: pool("GlobalMaxPool")({}, [2, 3, 4, 5]),
      GlobalLpPool: pool("GlobalLpPool")({}, [2, 3, 4, 5]),
      "GlobalLpPool of order 3": pool("GlobalLpPool")({ p: 3 }, [2, 3, 4, 5]),
    });
  });
});

describe("normalizations against onnxruntime", () => {
  const positive = (...shape: number[]): OpInput => ({
    shape,
    isConstant: true,
    values: Array.from({ length: shape[0] ?? 1 }, (_, i) => 0.5 + 0.37 * i),
  });
  const batch = (opset: number, shape: number[], attributes: Attributes = {}): OpCase => ({
    op: "BatchNormalization",
    opset,
    attributes,
    inputs: [input(...shape), constant(3), constant(3), constant(3), positive(3)],
  });
  describe("BatchNormalization", () => {
    agrees({
      "of opset 7": batch(7, [2, 3, 4, 4]),
      "of opset 9": batch(9, [2, 3, 4, 4], { epsilon: 0.01 }),
      "of opset 14": batch(14, [1, 3, 4, 4], { epsilon: 0.01, momentum: 0.5 }),
      "of opset 15": batch(15, [1, 3, 5]),
      "of features": batch(13, [2, 3]),
      "of computed parameters": {
        ...batch(15, [1, 3, 4]),
        inputs: [input(1, 3, 4), input(3), input(3), input(3), positive(3)],
      },
    });
    it("is a product and a sum with one weight for each channel", async () => {
      const graph = await expectAgreement(batch(13, [1, 3, 4, 4]));
      const weights = [...graph.constants.values()].filter((it) => it.role === "weight");
      const used = graph.nodes.map((it) => it.op).filter((it) => it !== "view");
      expect(used).to.deep.equal(["multiply", "sum"]);
      expect(weights.every((it) => it.values.length === 3)).to.equal(true);
    });
    it("is refused in training", () => {
      const model = opModel(batch(14, [1, 3, 4, 4], { training_mode: 1 }));
      expect(codeOf(() => readModel(model))).to.equal("OP_FORM_UNSUPPORTED");
    });
  });
  agrees({
    InstanceNormalization: {
      op: "InstanceNormalization",
      attributes: { epsilon: 0.001 },
      inputs: [input(2, 3, 4, 4), constant(3), constant(3)],
    },
    "InstanceNormalization of one axis": {
      op: "InstanceNormalization",
      inputs: [input(1, 3, 6), constant(3), constant(3)],
    },
    LayerNormalization: {
      op: "LayerNormalization",
      opset: 17,
      inputs: [input(2, 3, 8), constant(8), constant(8)],
    },
    "LayerNormalization without bias": {
      op: "LayerNormalization",
      opset: 17,
      attributes: { epsilon: 0.01, stash_type: 1 },
      inputs: [input(2, 3, 8), constant(8)],
    },
    "LayerNormalization over two axes with all outputs": {
      op: "LayerNormalization",
      opset: 17,
      attributes: { axis: 1 },
      inputs: [input(2, 3, 4), constant(3, 4), constant(3, 4)],
      outputs: ["float", "float", "float"],
    },
    "GroupNormalization with parameters by group": {
      op: "GroupNormalization",
      opset: 18,
      attributes: { num_groups: 2 },
      inputs: [input(2, 4, 3, 3), constant(2), constant(2)],
    },
    "GroupNormalization with parameters by channel": {
      op: "GroupNormalization",
      opset: 21,
      attributes: { num_groups: 2, epsilon: 0.01 },
      inputs: [input(2, 4, 3, 3), constant(4), constant(4)],
    },
    ...Object.fromEntries(
      [1, 3, 7].map((size) => [
        `LRN over ${size} channels`,
        { op: "LRN", attributes: { size }, inputs: [{ shape: [2, 5, 3, 3] }] },
      ]),
    ),
    "LRN with all attributes": {
      op: "LRN",
      attributes: { size: 3, alpha: 0.3, beta: 0.6, bias: 1.5 },
      inputs: [input(1, 5, 3, 3)],
    },
    "LRN of beta 0.5": {
      op: "LRN",
      attributes: { size: 3, alpha: 0.3, beta: 0.5, bias: 1.5 },
      inputs: [input(1, 5, 3, 3)],
    },
    "LRN of beta 1": {
      op: "LRN",
      attributes: { size: 3, alpha: 0.3, beta: { float: 1 }, bias: 1.5 },
      inputs: [input(1, 5, 3, 3)],
    },
    LpNormalization: { op: "LpNormalization", inputs: [input(2, 3, 4)] },
    "LpNormalization of order 1 along an axis": {
      op: "LpNormalization",
      attributes: { p: 1, axis: 1 },
      inputs: [input(2, 3, 4)],
    },
    "LpNormalization of zeros": {
      op: "LpNormalization",
      inputs: [{ shape: [2, 2], values: [0, 0, 1, 2] }],
    },
    MeanVarianceNormalization: { op: "MeanVarianceNormalization", inputs: [input(2, 3, 4, 4)] },
    "MeanVarianceNormalization along axes": {
      op: "MeanVarianceNormalization",
      attributes: { axes: [2, 1] },
      inputs: [input(2, 3, 4, 4)],
    },
  });
});

describe("softmaxes against onnxruntime", () => {
  for (const op of ["Softmax", "LogSoftmax", "Hardmax"]) {
    agrees({
      [`${op} of the last axis`]: { op, inputs: [{ shape: [2, 5], spread: 6 }] },
      [`${op} of a middle axis`]: {
        op,
        attributes: { axis: 1 },
        inputs: [{ shape: [2, 3, 4], spread: 6 }],
      },
      [`${op} of a negative axis`]: {
        op,
        attributes: { axis: -3 },
        inputs: [{ shape: [2, 3, 4] }],
      },
      [`${op} of opset 11`]: { op, opset: 11, inputs: [{ shape: [2, 3, 4] }] },
      [`${op} of opset 7 along axis 2`]: {
        op,
        opset: 7,
        attributes: { axis: 2 },
        inputs: [{ shape: [2, 3, 2, 2] }],
      },
      [`${op} of opset 11 over all`]: {
        op,
        opset: 11,
        attributes: { axis: 0 },
        inputs: [{ shape: [2, 3] }],
      },
      [`${op} of large numbers`]: { op, inputs: [{ shape: [4], values: [900, 901, 899, 901] }] },
    });
  }
});

describe("activations against onnxruntime", () => {
  const wide: OpInput = { shape: [3, 16], spread: 6 };
  const of = (op: string, opset = 13, attributes: Attributes = {}): OpCase => ({
    op,
    opset,
    attributes,
    inputs: [wide],
  });
  agrees({
    Relu: of("Relu"),
    LeakyRelu: of("LeakyRelu"),
    "LeakyRelu with alpha": of("LeakyRelu", 7, { alpha: 0.3 }),
    ThresholdedRelu: of("ThresholdedRelu"),
    "ThresholdedRelu with alpha": of("ThresholdedRelu", 10, { alpha: -1.5 }),
    Elu: of("Elu"),
    "Elu with alpha": of("Elu", 7, { alpha: 2.5 }),
    Selu: of("Selu"),
    "Selu with attributes": of("Selu", 7, { alpha: 1.2, gamma: 0.7 }),
    Celu: of("Celu"),
    "Celu with alpha": of("Celu", 12, { alpha: 0.6 }),
    Sigmoid: of("Sigmoid"),
    Tanh: of("Tanh"),
    HardSigmoid: of("HardSigmoid"),
    "HardSigmoid with attributes": of("HardSigmoid", 7, { alpha: 0.3, beta: 0.1 }),
    HardSwish: of("HardSwish", 14),
    Softplus: of("Softplus"),
    Softsign: of("Softsign"),
    Gelu: of("Gelu", 20),
    "Gelu by tanh": of("Gelu", 20, { approximate: "tanh" }),
    Erf: of("Erf"),
    Mish: of("Mish", 18),
    Shrink: of("Shrink"),
    "Shrink with attributes": of("Shrink", 9, { lambd: 1.5, bias: 1.25 }),
    "Shrink of a negative lambd": of("Shrink", 9, { lambd: -1.5, bias: 1.25 }),
    "PRelu with one slope": { op: "PRelu", inputs: [input(2, 3, 4), constant(1)] },
    "PRelu with a slope for each channel": {
      op: "PRelu",
      inputs: [input(2, 3, 4, 4), constant(3, 1, 1)],
    },
    "PRelu with a computed slope": {
      op: "PRelu",
      opset: 16,
      inputs: [input(2, 3, 4), input(3, 4)],
    },
  });
  it("refuses a slope that is larger than the input", () => {
    const model = opModel({ op: "PRelu", inputs: [input(3, 4), constant(2, 3, 4)] });
    expect(codeOf(() => readModel(model))).to.equal("SHAPE_MISMATCH");
  });
});
