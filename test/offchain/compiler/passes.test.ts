import { compile, runFloat } from "@vouch/compiler";
import { expect } from "chai";
import { errorOf, floats, int, ints, node, onnxModel } from "../../helpers/onnxModel.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import { CREDIT_OPTIONS } from "../../helpers/onnxModel.ts";
import { expectClose } from "../../helpers/expectClose.ts";
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
      const [layer] = float.nodes.filter((it) => it.op === "linear");
      expect(Array.from(float.constants.get(layer!.bias!)!.values)).to.deep.equal([1, 2, 3]);
    }
  });

  it("fuse a batch normalization into the convolution before it", () => {
    const nodes = [
      node("Reshape", ["x", "s"], "r"),
      node("Conv", ["r", "k"], "c"),
      node("BatchNormalization", ["c", "scale", "bias", "mean", "variance"], "y"),
    ];
    const initializers = [
      ints("s", [1, 1, 2, 2]),
      floats("k", [2, 1, 1, 1], [1, -1]),
      floats("scale", [2], [2, 3]),
      floats("bias", [2], [0.5, 1]),
      floats("mean", [2], [0.125, 0]),
      floats("variance", [2], [1 - 1e-5, 4 - 1e-5]),
    ];
    const { float, ops } = compiled({ nodes, initializers });
    expect(ops).to.deep.equal(["linear", "rescale"]);
    const [layer] = float.nodes.filter((it) => it.op === "linear");
    const values = (id: string): string[] =>
      Array.from(float.constants.get(id)!.values, (it) => it.toFixed(3));
    expect(values(layer!.weights)).to.deep.equal(["2.000", "-1.500"]);
    expect(values(layer!.bias!)).to.deep.equal(["0.250", "1.000"]);
  });

  it("keep an Add apart whose layer is read elsewhere", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Add", ["a", "b"], "c"),
      node("Mul", ["a", "c"], "y"),
    ];
    const { ops } = compiled({ nodes, initializers: [W, B] });
    expect(ops.filter((it) => it === "linear")).to.have.length(1);
    expect(ops).to.include("combine");
  });

  it("fuse a Relu into its layer, past a Reshape", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Reshape", ["a", "s"], "r"),
      node("Relu", ["r"], "b"),
      node("Relu", ["b"], "c"),
      node("MatMul", ["c", "v"], "y"),
    ];
    const initializers = [W, ints("s", [3, 1]), floats("v", [1, 1], [1])];
    const { ops, relus } = compiled({ nodes, initializers });
    expect(ops).to.deep.equal(["linear", "rescale", "linear", "rescale"]);
    expect(relus).to.equal(1);
  });

  it("keep a Relu apart whose operand is read elsewhere", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Relu", ["a"], "b"),
      node("Add", ["a", "b"], "y"),
    ];
    const { ops, relus } = compiled({ nodes, initializers: [W] });
    expect(ops).to.include("relu");
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
    const { float, graph, ops } = compiled({ nodes, initializers });
    expect(ops).to.deep.equal(["linear", "rescale"]);
    expect([...float.constants.keys()]).to.have.length(1);
    expect(graph.parameters).to.have.length(2);
  });

  it("fold what is computed from constants", () => {
    const nodes = [
      node("Constant", [], "s", [{ name: "value_ints", type: 7, ints: [3n, 4n] }]),
      node("Reshape", ["w", "s"], "v"),
      node("Relu", ["v"], "u"),
      node("Gemm", ["x", "u"], "y", [int("transB", 1)]),
    ];
    const { float, ops } = compiled({ nodes, initializers: [W] });
    expect(ops).to.deep.equal(["linear", "rescale"]);
    const [layer] = float.nodes.filter((it) => it.op === "linear");
    const values = Array.from(float.constants.get(layer!.weights)!.values, (it) => 16 * it);
    expect(values).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("give the channels between two layers one range of weights", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Relu", ["a"], "b"),
      node("MatMul", ["b", "v"], "y"),
    ];
    const w = floats("w", [4, 2], [1, 0.1, 1, 0.1, 1, 0.1, 1, 0.1]);
    const v = floats("v", [2, 1], [0.25, 2.5]);
    const { float } = compiled({ nodes, initializers: [w, v] });
    const [first, second] = float.nodes.filter((it) => it.op === "linear");
    const most = (id: string): readonly number[] => {
      const { shape, values } = float.constants.get(id)!;
      const [outputs = 0, inputs = 0] = shape;
      return Array.from({ length: outputs }, (_, o) =>
        Math.max(...values.subarray(o * inputs, (o + 1) * inputs).map(Math.abs)),
      );
    };
    expect(most(first!.weights).map((it) => it.toFixed(3))).to.deep.equal(["0.500", "0.500"]);
    const columns = Array.from(float.constants.get(second!.weights)!.values, (it) => it.toFixed(3));
    expect(columns).to.deep.equal(["0.500", "0.500"]);
    const [output] = runFloat(float, [1, 2, -0.5, 0.25]);
    expectClose(output, 2.75 * (0.25 + 0.25), 1e-6);
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
  const [first, second, ...rest] = float.nodes;
  const weights = [...float.constants.keys()][0]!;
  const without = <Value>(map: ReadonlyMap<string, Value>, id: string): Map<string, Value> =>
    new Map([...map].filter(([key]) => key !== id));
  const cases = {
    "a node out of order": { ...float, nodes: [second!, first!, ...rest] },
    "a node given twice": { ...float, nodes: [first!, ...float.nodes] },
    "a tensor without shape": { ...float, tensors: without(float.tensors, first!.output) },
    "a constant without shape": { ...float, tensors: without(float.tensors, weights) },
    "weights that are no constant": { ...float, constants: without(float.constants, weights) },
    "a constant that is not finite": {
      ...float,
      constants: new Map([
        [weights, { ...float.constants.get(weights)!, values: new Float64Array(12).fill(NaN) }],
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
  const ops = model.graph.nodes.map((it) => it.op).filter((it) => it !== "view");
  const relus = model.graph.nodes.filter((it) => it.op === "rescale" && it.relu).length;
  return { ...model, ops, relus };
}
