import { expect } from "chai";
import type { CompilerError } from "../../../offchain/compiler/errors.ts";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import { verifyFloat } from "../../../offchain/compiler/ir/verifyFloat.ts";
import type { ReadOptions } from "../../../offchain/compiler/onnx/readModel.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import type { Dimensions, ModelParts } from "../../helpers/onnxModel.ts";
import { errorOf, floats, node, onnxModel, valueInfo } from "../../helpers/onnxModel.ts";

const RELU = [node("Relu", ["x"], "y")];
const WEIGHTS = floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

describe("readModel, inputs and outputs", () => {
  describe("given some that are not supported", () => {
    const cases: Record<string, [ModelParts["graph"], CompilerError["code"]]> = {
      "no input that a node reads": [{ input: [] }, "TENSOR_UNDEFINED"],
      "two inputs of one name": [
        { input: [valueInfo("x", [1, 4]), valueInfo("x", [1])] },
        "NAME_DUPLICATE",
      ],
      "an input without name": [{ input: [valueInfo("", [1, 4])] }, "NAME_MISSING"],
      "an input of texts": [{ input: [valueInfo("x", [1, 4], 8)] }, "DTYPE_UNSUPPORTED"],
      "an input without type": [{ input: [{ name: "x" }] }, "DTYPE_UNSUPPORTED"],
      "an input without shape": [
        { input: [{ name: "x", type: { tensorType: { elemType: 1 } } }] },
        "SHAPE_INVALID",
      ],
      "an axis of length 0": [{ input: [valueInfo("x", [1, 0])] }, "SHAPE_INVALID"],
      "an axis of length -1": [{ input: [valueInfo("x", [1, -1])] }, "SHAPE_INVALID"],
      "2^40 elements": [{ input: [valueInfo("x", [2 ** 20, 2 ** 20])] }, "LIMIT_EXCEEDED"],
      "more elements than any circuit": [
        { input: [valueInfo("x", [1, 2 ** 23])] },
        "LIMIT_EXCEEDED",
      ],
      "2^62 and 0 elements": [{ input: [valueInfo("x", [0, 2 ** 62])] }, "SHAPE_INVALID"],
      "ten axes": [{ input: [valueInfo("x", new Array<number>(10).fill(1))] }, "LIMIT_EXCEEDED"],
      "no output": [{ output: [] }, "OUTPUT_COUNT"],
      "an output without name": [{ output: [{}] }, "NAME_MISSING"],
      "two outputs of one name": [{ output: [{ name: "y" }, { name: "y" }] }, "NAME_DUPLICATE"],
      "an output that no node computes": [{ output: [valueInfo("z", [4])] }, "TENSOR_UNDEFINED"],
    };
    for (const [name, [graph, code]] of Object.entries(cases)) {
      it(`refuses ${name}`, () => {
        const error = errorOf(() => readModel(onnxModel({ nodes: RELU, ...(graph && { graph }) })));
        expect(error).to.have.property("code", code);
      });
    }

    it("refuses outputs without elements", () => {
      const nodes = [node("Shape", ["s"], "y")];
      const s = floats("s", [], [1]);
      const file = onnxModel({ nodes, initializers: [s] });
      expect(errorOf(() => readModel(file))).to.have.property("code", "SHAPE_INVALID");
    });
  });

  describe("given several", () => {
    const nodes = [node("Add", ["x", "b"], "y"), node("Relu", ["i"], "z")];
    const graph = {
      input: [valueInfo("x", [1, 2]), valueInfo("i", [3], 7), valueInfo("b", [])],
      output: [{ name: "z" }, { name: "y" }, { name: "x" }],
    };

    it("lays them end to end, each as a port", () => {
      const read = verifyFloat(readModel(onnxModel({ nodes, graph })));
      expect(read.inputs).to.deep.equal([
        { name: "x", shape: [1, 2], kind: "real" },
        { name: "i", shape: [3], kind: "integer" },
        { name: "b", shape: [], kind: "real" },
      ]);
      expect(read.outputs).to.deep.equal([
        { name: "z", shape: [3], kind: "integer" },
        { name: "y", shape: [1, 2], kind: "real" },
        { name: "x", shape: [1, 2], kind: "real" },
      ]);
      const output = runFloat(read, [1, 2, -3, 4, 5, 10]);
      expect(Array.from(output)).to.deep.equal([0, 4, 5, 11, 12, 1, 2]);
    });
  });

  it("takes an initializer that is listed as input for a constant", () => {
    const input = [valueInfo("x", ["N", 4]), valueInfo("w", [4, 2])];
    const nodes = [node("MatMul", ["x", "w"], "y")];
    const read = readModel(onnxModel({ nodes, initializers: [WEIGHTS], graph: { input } }));
    expect(read.inputs).to.deep.equal([{ name: "x", shape: [1, 4], kind: "real" }]);
    expect(read.constants.get("w")).to.deep.include({ shape: [4, 2], role: "weight" });
  });

  it("folds an output that does not depend on the input, and gives it one element to read", () => {
    const nodes = [node("MatMul", ["w", "v"], "y")];
    const initializers = [WEIGHTS, floats("v", [2, 1], [1, 1])];
    const read = verifyFloat(readModel(onnxModel({ nodes, initializers, graph: { input: [] } })));
    expect(read.nodes).to.deep.equal([]);
    expect(Array.from(runFloat(read, [0]))).to.deep.equal([3, 7, 11, 15]);
  });

  it("gives a model that returns its input no node", () => {
    const read = verifyFloat(
      readModel(onnxModel({ nodes: [], input: [3], graph: { output: [{ name: "x" }] } })),
    );
    expect(read.nodes).to.deep.equal([]);
    expect(read.output).to.equal(read.input);
  });

  describe("given axes without length", () => {
    const read = (input: Dimensions, options?: ReadOptions) =>
      readModel(onnxModel({ nodes: RELU, input }), options).inputs[0]?.shape;
    const code = (input: Dimensions, options?: ReadOptions) =>
      errorOf(() => read(input, options)) as CompilerError;

    it("takes the first for the batch, which is 1", () => {
      expect(read(["N", 4])).to.deep.equal([1, 4]);
      expect(read(["", 4])).to.deep.equal([1, 4]);
    });

    it("refuses another, naming tensor, axis, symbol and where to give it", () => {
      expect(code(["N", "T"]).data).to.deep.equal({
        code: "SHAPE_DYNAMIC",
        tensor: "x",
        axis: 1,
        symbol: "T",
      });
      expect(code(["N", ""]).data).to.deep.include({ symbol: "x.1" });
      expect(code(["N", "T"]).message).to.include("T in the dimensions");
    });

    it("takes given lengths, by symbol or by place", () => {
      expect(read(["N", "T"], { dimensions: { T: 7 } })).to.deep.equal([1, 7]);
      expect(read(["N", "T"], { dimensions: { N: 2, T: 7 } })).to.deep.equal([2, 7]);
      expect(read(["N", ""], { dimensions: { "x.1": 7 } })).to.deep.equal([1, 7]);
      expect(read(["T", "T"], { dimensions: { T: 2 } })).to.deep.equal([2, 2]);
    });

    it("refuses given lengths that are none, or of no axis", () => {
      for (const T of [0, -1, 1.5, NaN, Infinity, 2 ** 40]) {
        expect(code(["N", "T"], { dimensions: { T } }).code).to.equal("OPTIONS_INVALID");
      }
      expect(code(["N", 4], { dimensions: { T: 4 } }).code).to.equal("OPTIONS_INVALID");
      expect(code(["N", "toString"]).code).to.equal("SHAPE_DYNAMIC");
    });
  });
});
