import { expect } from "chai";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import type { FloatGraph } from "../../../offchain/compiler/ir/floatGraph.ts";
import { verifyFloat } from "../../../offchain/compiler/ir/verifyFloat.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { removeDeadCode } from "../../../offchain/compiler/passes/removeDeadCode.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import { floats, int, ints, node, onnxModel, tensor } from "../../helpers/onnxModel.ts";

/** A model of opset 13, read, checked and without what nothing reads. */
function read(parts: ModelParts): FloatGraph {
  return verifyFloat(removeDeadCode(verifyFloat(readModel(onnxModel(parts)))));
}

const opsOf = ({ nodes }: FloatGraph): readonly string[] => nodes.map((it) => it.op);

describe("readModel, chains of constants", () => {
  it("computes the shape that an exporter derives from its input's", () => {
    const graph = read({
      input: ["N", 2, 6],
      nodes: [
        node("Shape", ["x"], "shape"),
        node("Gather", ["shape", "zero"], "n", [int("axis", 0)]),
        node("Unsqueeze", ["n", "axes"], "rows"),
        node("Slice", ["shape", "two", "end"], "columns"),
        node("Concat", ["rows", "minus", "columns"], "target", [int("axis", 0)]),
        node("Reshape", ["x", "target"], "y"),
      ],
      initializers: [
        { ...ints("zero", [0]), dims: [] },
        ints("axes", [0]),
        ints("two", [2]),
        { name: "end", dataType: 7, dims: [1n], int64Data: [2n ** 63n - 1n] },
        ints("minus", [-1]),
      ],
    });
    expect(opsOf(graph)).to.deep.equal(["view", "view"]);
    expect(graph.outputs).to.deep.equal([{ name: "y", shape: [1, 2, 6], kind: "real" }]);
    expect(graph.constants.size).to.equal(0);
  });

  it("computes empty shapes, and joins them", () => {
    const graph = read({
      input: [3],
      nodes: [
        node("Shape", ["x"], "shape"),
        node("Slice", ["shape", "one", "one"], "none"),
        node("Concat", ["none", "shape", "none"], "target", [int("axis", 0)]),
        node("ConstantOfShape", ["none"], "scalar", [tensor("value", floats("", [1], [2]))]),
        node("Expand", ["scalar", "target"], "twos"),
        node("Mul", ["x", "twos"], "y"),
      ],
      initializers: [ints("one", [1])],
    });
    expect(Array.from(runFloat(graph, [1, 2, 3]))).to.deep.equal([2, 4, 6]);
  });

  it("joins parts of the input of which one is empty", () => {
    const graph = read({
      input: [3],
      nodes: [
        node("Slice", ["x", "one", "one"], "none"),
        node("Relu", ["none"], "still"),
        node("Concat", ["still", "x"], "y", [int("axis", 0)]),
      ],
      initializers: [ints("one", [1])],
    });
    expect(Array.from(runFloat(graph, [1, 2, 3]))).to.deep.equal([1, 2, 3]);
  });

  it("finds the places of a constant mask, and writes there by movement alone", () => {
    const graph = read({
      input: [2, 2],
      nodes: [
        node("NonZero", ["mask"], "places"),
        node("Transpose", ["places"], "rows"),
        node("GatherND", ["x", "rows"], "found"),
        node("Neg", ["found"], "negative"),
        node("ScatterND", ["x", "rows", "negative"], "y"),
      ],
      initializers: [{ name: "mask", dataType: 9, dims: [2n, 2n], int32Data: [0, 1, 1, 0] }],
    });
    expect(opsOf(graph)).to.deep.equal(["view", "view", "sum", "view", "view"]);
    expect(Array.from(runFloat(graph, [1, 2, 3, 4]))).to.deep.equal([1, -2, -3, 4]);
  });

  it("makes weights of what follows from weights, structure of the rest", () => {
    const graph = read({
      nodes: [
        node("Transpose", ["w"], "t"),
        node("Cast", ["i"], "c", [int("to", 1)]),
        node("Mul", ["t", "c"], "v"),
        node("MatMul", ["x", "v"], "a"),
        node("Add", ["a", "c"], "y"),
      ],
      initializers: [floats("w", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]), ints("i", [1, 2])],
    });
    const roles = [...graph.constants.values()].map(({ shape, role }) => `${shape.join()} ${role}`);
    expect(roles).to.include.members(["2,4 weight", "1,2 structure"]);
    expect(opsOf(graph)).to.include("linear");
  });

  it("keeps a weight that is repeated as one weight", () => {
    const graph = read({
      input: [4, 2],
      nodes: [node("Mul", ["x", "w"], "y")],
      initializers: [floats("w", [2], [1, 2])],
    });
    expect([...graph.constants.values()].map(({ shape }) => shape)).to.deep.equal([[2]]);
    expect(opsOf(graph)).to.include("view");
  });

  it("gives Dropout, Identity, Cast to float and ZipMap no node", () => {
    const opsetImport = ["", "ai.onnx.ml"].map((domain) => ({
      domain,
      version: domain === "" ? 13n : 1n,
    }));
    const graph = read({
      input: [4],
      nodes: [
        node("Dropout", ["x"], "a"),
        node("Identity", ["a"], "b"),
        node("Cast", ["b"], "c", [int("to", 11)]),
        { ...node("ZipMap", ["c"], "y"), domain: "ai.onnx.ml" },
      ],
      model: { opsetImport },
    });
    expect(graph.nodes).to.deep.equal([]);
    expect(graph.output).to.equal(graph.input);
  });
});
