import { expect } from "chai";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import type { NodeProto, TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { floats, int, ints, node, onnxModel, session, tensor } from "../../helpers/onnxModel.ts";

const INT8 = 3;
const INPUT = [-1.622, 1.013, -0.307, 2.6];

const number = (
  name: string,
  dataType: number,
  value: number,
  dims: bigint[] = [],
): TensorProto => ({
  name,
  dataType,
  dims,
  int32Data: [value],
});
const zero = (dims: bigint[] = []): TensorProto => number("z8", INT8, 0, dims);

const quantized = (nodes: readonly NodeProto[], initializers: readonly TensorProto[]): Uint8Array =>
  onnxModel({
    opset: 15,
    input: [1, 4],
    nodes: [
      ...nodes,
      node("QuantizeLinear", ["x", "scale", "z"], "q"),
      node("DequantizeLinear", ["q", "scale", "z"], "y"),
    ],
    initializers: [floats("scale", [], [0.02]), ...initializers],
  });

/** How a zero point of int8 comes about. */
const FORMS: Readonly<Record<string, [readonly NodeProto[], readonly TensorProto[]]>> = {
  Cast: [[node("Cast", ["z32"], "z", [int("to", INT8)])], [number("z32", 6, 0)]],
  CastLike: [[node("CastLike", ["z32", "z8"], "z")], [number("z32", 6, 0), zero()]],
  Identity: [[node("Identity", ["z8"], "z")], [zero()]],
  Reshape: [[node("Reshape", ["z8", "to"], "z")], [zero(), ints("to", [1])]],
  Squeeze: [[node("Squeeze", ["z8"], "z")], [zero([1n, 1n])]],
  Unsqueeze: [[node("Unsqueeze", ["z8", "at"], "z")], [zero(), ints("at", [0])]],
  Flatten: [[node("Flatten", ["z8"], "flat"), node("Squeeze", ["flat"], "z")], [zero([1n])]],
  Transpose: [[node("Transpose", ["z8"], "z")], [zero([1n])]],
  Expand: [[node("Expand", ["z8", "to"], "z")], [zero(), ints("to", [1])]],
  Tile: [[node("Tile", ["z8", "to"], "z")], [zero([1n]), ints("to", [1])]],
  Slice: [
    [node("Slice", ["z8", "from", "to"], "z")],
    [zero([1n]), ints("from", [0]), ints("to", [1])],
  ],
  Split: [[node("Split", ["z8"], "z")], [zero([1n])]],
  Concat: [[node("Concat", ["z8"], "z", [int("axis", 0)])], [zero([1n])]],
  Gather: [[node("Gather", ["z8", "at"], "z")], [zero([1n]), ints("at", [0])]],
  ConstantOfShape: [
    [node("ConstantOfShape", ["to"], "z", [tensor("value", number("", INT8, 0, [1n]))])],
    [ints("to", [1])],
  ],
};

describe("the integer type of a zero point", () => {
  for (const [name, [nodes, initializers]] of Object.entries(FORMS)) {
    it(`is int8 after ${name}`, async () => {
      const file = quantized(nodes, initializers);
      const expected = await (await session(file, [1, 4])).float(INPUT);
      const actual = runFloat(readModel(file), INPUT);
      expect(expected[0]).to.be.below(-1.6);
      expected.forEach((it, k) => {
        expect(Math.abs(actual[k]! - it)).to.be.below(1e-5);
      });
    });
  }

  it("is not guessed where it is unknown", () => {
    const file = quantized([node("Add", ["z8", "z8"], "z")], [zero()]);
    expect(codeOf(() => readModel(file))).to.equal("OP_FORM_UNSUPPORTED");
  });
});
