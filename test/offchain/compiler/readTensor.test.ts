import { expect } from "chai";
import type { CompilerError } from "../../../offchain/compiler/errors.ts";
import type { TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { MAX_ELEMENTS, readTensor } from "../../../offchain/compiler/onnx/readTensor.ts";
import { errorOf, floats, node, onnxModel } from "../../helpers/onnxModel.ts";

const WEIGHTS = floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
const MATMUL = [node("MatMul", ["x", "w"], "y")];

describe("readModel, tensors of the file", () => {
  const cases: Record<string, [TensorProto, CompilerError["code"]]> = {
    "external data": [{ ...WEIGHTS, dataLocation: 1 }, "EXTERNAL_DATA"],
    "a path of external data": [{ ...WEIGHTS, externalData: [new Uint8Array()] }, "EXTERNAL_DATA"],
    "a segment": [{ ...WEIGHTS, segment: new Uint8Array() }, "SHAPE_INVALID"],
    texts: [{ ...WEIGHTS, dataType: 8 }, "DTYPE_UNSUPPORTED"],
    "complex numbers": [{ ...WEIGHTS, dataType: 14 }, "DTYPE_UNSUPPORTED"],
    "no type": [{ name: "w", dims: [1n] }, "DTYPE_UNSUPPORTED"],
    "raw data too short": [{ ...WEIGHTS, rawData: new Uint8Array(31) }, "TENSOR_DATA_LENGTH"],
    "raw data too long": [{ ...WEIGHTS, rawData: new Uint8Array(36) }, "TENSOR_DATA_LENGTH"],
    "raw data and values": [{ ...WEIGHTS, floatData: [1] }, "TENSOR_DATA_LENGTH"],
    "too few values": [
      { name: "w", dataType: 1, dims: [4n, 2n], floatData: [1, 2, 3] },
      "TENSOR_DATA_LENGTH",
    ],
    "values in the field of another type": [
      { name: "w", dataType: 7, dims: [1n], floatData: [1] },
      "TENSOR_DATA_LENGTH",
    ],
    "no values": [{ name: "w", dataType: 1, dims: [4n, 2n] }, "TENSOR_DATA_LENGTH"],
    "2^40 elements": [{ ...WEIGHTS, dims: [2n ** 20n, 2n ** 20n] }, "LIMIT_EXCEEDED"],
    "2^63 - 1 elements": [{ ...WEIGHTS, dims: [2n ** 63n - 1n] }, "LIMIT_EXCEEDED"],
    "more elements than the limit": [
      { ...WEIGHTS, dims: [BigInt(MAX_ELEMENTS) + 1n] },
      "LIMIT_EXCEEDED",
    ],
    "a negative length": [{ ...WEIGHTS, dims: [-4n, -2n] }, "SHAPE_INVALID"],
    "no elements where a product needs some": [floats("w", [4, 0], []), "SHAPE_INVALID"],
    "nine axes": [{ ...WEIGHTS, dims: new Array<bigint>(9).fill(1n) }, "LIMIT_EXCEEDED"],
    NaN: [floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, NaN]), "VALUE_NOT_FINITE"],
    "no name": [floats("", [1], [1]), "NAME_MISSING"],
  };
  for (const [name, [initializer, code]] of Object.entries(cases)) {
    it(`refuses ${name}`, () => {
      const file = onnxModel({ nodes: MATMUL, initializers: [initializer] });
      expect(errorOf(() => readModel(file))).to.have.property("code", code);
    });
  }

  it("reads what is infinite as the first number beyond float32", () => {
    const read = (it: TensorProto): readonly number[] => {
      const graph = readModel(
        onnxModel({ input: [2], nodes: [node("Less", ["x", "w"], "y")], initializers: [it] }),
      );
      return Array.from(graph.constants.get("w")?.values ?? []);
    };
    expect(read(floats("w", [2], [Infinity, 3]))).to.deep.equal([2 ** 128, 3]);
    const half = { name: "w", dataType: 10, dims: [2n], int32Data: [0xfc00, 0x3c00] };
    expect(read(half)).to.deep.equal([-(2 ** 128), 1]);
  });

  it("names the element that is not finite", () => {
    const weights = floats("w", [4, 2], [1, 2, 3, NaN, 5, 6, 7, 8]);
    const file = onnxModel({ nodes: MATMUL, initializers: [weights] });
    const expected = { code: "VALUE_NOT_FINITE", tensor: "w", index: 3 };
    expect(errorOf(() => readModel(file))).to.have.deep.property("data", expected);
  });

  it("refuses sparse initializers", () => {
    const graph = { sparseInitializer: [new Uint8Array()] };
    const file = onnxModel({ nodes: MATMUL, initializers: [WEIGHTS], graph });
    expect(errorOf(() => readModel(file))).to.have.property("code", "SPARSE_UNSUPPORTED");
  });

  it("takes real numbers for weights, integers and truth values for structure", () => {
    const file = onnxModel({
      nodes: [
        node("MatMul", ["x", "w"], "a"),
        node("Cast", ["i"], "j", [{ name: "to", type: 2, i: 1n }]),
        node("Mul", ["a", "j"], "y"),
      ],
      initializers: [WEIGHTS, { name: "i", dataType: 6, dims: [2n], int32Data: [3, -1] }],
    });
    const { constants } = readModel(file);
    expect(constants.get("w")?.role).to.equal("weight");
    expect(constants.get("i")?.role).to.equal("structure");
  });

  describe("given each element type, raw and typed", () => {
    const bytes = (data: ArrayBufferView): Uint8Array =>
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const types: Record<string, [number, Partial<TensorProto>, ArrayBufferView, number[]]> = {
      float32: [1, { floatData: [1.5, -2] }, Float32Array.of(1.5, -2), [1.5, -2]],
      uint8: [2, { int32Data: [1, 255] }, Uint8Array.of(1, 255), [1, 255]],
      int8: [3, { int32Data: [1, -128] }, Int8Array.of(1, -128), [1, -128]],
      uint16: [4, { int32Data: [1, 65535] }, Uint16Array.of(1, 65535), [1, 65535]],
      int16: [5, { int32Data: [1, -300] }, Int16Array.of(1, -300), [1, -300]],
      int32: [6, { int32Data: [1, -70000] }, Int32Array.of(1, -70000), [1, -70000]],
      int64: [
        7,
        { int64Data: [1n, -(2n ** 63n)] },
        BigInt64Array.of(1n, -(2n ** 63n)),
        [1, -(2 ** 63)],
      ],
      bool: [9, { int32Data: [0, 1] }, Uint8Array.of(0, 1), [0, 1]],
      float16: [
        10,
        { int32Data: [0x3e00, 0xc000, 0x0001] },
        Uint16Array.of(0x3e00, 0xc000, 0x0001),
        [1.5, -2, 2 ** -24],
      ],
      float64: [11, { doubleData: [0.1, -2] }, Float64Array.of(0.1, -2), [0.1, -2]],
      uint32: [
        12,
        { uint64Data: [1n, 4294967295n] },
        Uint32Array.of(1, 4294967295),
        [1, 4294967295],
      ],
      uint64: [13, { uint64Data: [1n, 2n ** 40n] }, BigUint64Array.of(1n, 2n ** 40n), [1, 2 ** 40]],
      bfloat16: [16, { int32Data: [0x3fc0, 0xc000] }, Uint16Array.of(0x3fc0, 0xc000), [1.5, -2]],
    };
    for (const [name, [dataType, typed, raw, values]] of Object.entries(types)) {
      it(`reads ${name}`, () => {
        const dims = [BigInt(values.length)];
        for (const data of [typed, { rawData: bytes(raw) }]) {
          const read = readTensor({ dataType, dims, ...data }, name);
          expect(Array.from(read.values)).to.deep.equal(values);
        }
      });
    }
  });
});
