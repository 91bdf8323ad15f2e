import { compile } from "@vouch/compiler";
import { expect } from "chai";
import { errorOf, floats, int, ints, node, onnxModel } from "../../helpers/onnxModel.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import { CREDIT_OPTIONS } from "../../helpers/onnxModel.ts";
import { verifyFloat } from "../../../offchain/compiler/ir/verifyFloat.ts";

const W = floats(
  "w",
  [4, 3],
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((it) => it / 16),
);
const B = floats("b", [3], [1, 2, 3]);

describe("passes", () => {
  it("fuse MatMul and Add to one layer with a bias, on either side", () => {
    for (const operands of [
      ["a", "b"],
      ["b", "a"],
    ]) {
      const nodes = [node("MatMul", ["x", "w"], "a"), node("Add", operands, "y")];
      const { float, ops } = compiled({ nodes, initializers: [W, B] });
      expect(ops).to.deep.equal(["linear", "rescale"]);
      const [layer] = float.nodes;
      expect(layer).to.include({ op: "linear", output: "y" });
      expect(float.shapes.get("y")).to.deep.equal([1, 3]);
    }
  });

  it("keep an Add apart whose layer is read elsewhere", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Add", ["a", "b"], "c"),
      node("Add", ["a", "c"], "y"),
    ];
    const { ops } = compiled({ nodes, initializers: [W, B] });
    expect(ops).to.deep.equal(["linear", "rescale", "combine", "rescale", "combine", "rescale"]);
  });

  it("fuse a Relu into its layer, past a Reshape", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Reshape", ["a", "s"], "r"),
      node("Relu", ["r"], "b"),
      node("Relu", ["b"], "y"),
    ];
    const { ops, relus } = compiled({ nodes, initializers: [W, ints("s", [3, 1])] });
    expect(ops).to.deep.equal(["linear", "rescale", "reshape"]);
    expect(relus).to.equal(1);
  });

  it("keep a Relu apart whose operand is read elsewhere", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Relu", ["a"], "b"),
      node("Add", ["a", "b"], "y"),
    ];
    const { ops, relus } = compiled({ nodes, initializers: [W] });
    expect(ops).to.deep.equal(["linear", "rescale", "relu", "combine", "rescale"]);
    expect(relus).to.equal(0);
  });

  it("drop Identity, Flatten and Reshape that change nothing, and dead nodes", () => {
    const nodes = [
      node("Identity", ["x"], "i"),
      node("Flatten", ["i"], "f", [int("axis", -1)]),
      node("Reshape", ["f", "s"], "r"),
      node("MatMul", ["r", "w"], "y"),
      node("MatMul", ["r", "unused"], "dead"),
    ];
    const unused = floats("unused", [4, 1], [1, 1, 1, 1]);
    const initializers = [W, unused, ints("s", [0, -1])];
    const { float, graph } = compiled({ nodes, initializers });
    expect(float.nodes).to.have.length(1);
    expect([...float.constants.keys()]).to.deep.equal(["y.weights"]);
    expect(graph.parameters.map((it) => it.id)).to.deep.equal(["y.weights", "y.multipliers"]);
  });

  it("fold what is computed from constants", () => {
    const nodes = [
      node("Constant", [], "s", [{ name: "value_ints", type: 7, ints: [3n, 4n] }]),
      node("Reshape", ["w", "s"], "v"),
      node("Relu", ["v"], "u"),
      node("Gemm", ["x", "u"], "y", [int("transB", 1)]),
    ];
    const { float } = compiled({ nodes, initializers: [W] });
    expect(float.nodes).to.have.length(1);
    const values = Array.from(float.constants.get("y.weights")!.values, (it) => 16 * it);
    expect(values).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("keep tensor names apart that a pass would give", () => {
    const nodes = [
      node("MatMul", ["x", "y.weights"], "y.bias"),
      node("Add", ["y.bias", "y.accumulator"], "y"),
    ];
    const initializers = [
      { ...W, name: "y.weights" },
      { ...B, name: "y.accumulator" },
    ];
    const { graph } = compiled({ nodes, initializers });
    const ids = [...graph.parameters, ...graph.nodes.map((it) => it.output)].map((it) => it.id);
    expect(new Set(ids).size).to.equal(ids.length);
  });
});

describe("verifyFloat", () => {
  const nodes = [
    node("MatMul", ["x", "w"], "a"),
    node("Relu", ["a"], "b"),
    node("Add", ["a", "b"], "y"),
  ];
  const { float } = compiled({ nodes, initializers: [W] });
  const [first, ...rest] = float.nodes;
  const without = <Value>(map: ReadonlyMap<string, Value>, id: string): Map<string, Value> =>
    new Map([...map].filter(([key]) => key !== id));
  const cases = {
    "a node out of order": { ...float, nodes: [...rest, first!] },
    "a node given twice": { ...float, nodes: [first!, ...float.nodes] },
    "a tensor without shape": { ...float, shapes: without(float.shapes, "y") },
    "a constant without shape": { ...float, shapes: without(float.shapes, "a.weights") },
    "weights that are no constant": { ...float, constants: without(float.constants, "a.weights") },
    "a constant that is not finite": {
      ...float,
      constants: new Map([
        ["a.weights", { shape: [3, 4], values: new Float64Array(12).fill(NaN) }],
      ]),
    },
    "an output that nothing defines": { ...float, output: "z" },
  };
  for (const [name, graph] of Object.entries(cases)) {
    it(`refuses ${name}`, () => {
      expect(errorOf(() => verifyFloat(graph))).to.have.property("code", "GRAPH_INVALID");
    });
  }
});

function compiled(parts: ModelParts) {
  const calibration = { samples: [[1, -1, 0.5, 2]] };
  const model = compile(onnxModel(parts), { ...CREDIT_OPTIONS, calibration });
  const ops = model.graph.nodes.map((it) => it.op);
  const relus = model.graph.nodes.filter((it) => it.op === "rescale" && it.relu).length;
  return { ...model, ops, relus };
}
