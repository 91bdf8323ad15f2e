import { expect } from "chai";
import { CompilerError } from "../../../offchain/compiler/errors.ts";
import type { TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import {
  errorOf,
  float,
  floats,
  int,
  ints,
  node,
  onnxModel,
  tensor,
  text,
} from "../../helpers/onnxModel.ts";

const RELU = [node("Relu", ["x"], "y")];
const WEIGHTS = floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
const MATMUL = [node("MatMul", ["x", "w"], "y")];

describe("readModel, nodes", () => {
  describe("given a node that is not supported", () => {
    it("names node, op, opset, domain and what to use instead", () => {
      const nodes = [node("Unique", ["x"], "y")];
      const data = expectCode(onnxModel({ nodes, opset: 17 }), "OP_UNSUPPORTED");
      const op = { node: "Unique:y", opType: "Unique", opset: 17, domain: "ai.onnx" };
      expect(data).to.deep.include(op);
      expect(data).to.have.property("hint").that.includes("depends on data");
    });

    it("names a node without name by its op and output", () => {
      const nodes = [{ opType: "Hardly", input: ["x"], output: ["", "y"] }];
      const data = expectCode(onnxModel({ nodes }), "OP_UNSUPPORTED");
      expect(data).to.include({ node: "Hardly(y)" });
    });

    const random = ["RandomNormal", "RandomUniformLike", "Bernoulli", "Multinomial"];
    for (const op of [...random, "If", "Loop", "Scan", "constructor", "__proto__"]) {
      it(`refuses ${op} by name`, () => {
        const data = expectCode(onnxModel({ nodes: [node(op, ["x"], "y")] }), "OP_UNSUPPORTED");
        expect(data).to.include({ opType: op });
      });
    }

    it("refuses Dropout in training mode", () => {
      const nodes = [node("Dropout", ["x", "", "t"], "y")];
      const on = { name: "t", dataType: 9, int32Data: [1] };
      expectParts({ nodes, initializers: [on] }, "OP_FORM_UNSUPPORTED");
      expectParts({ nodes: [node("Dropout", ["x", "", "x"], "y")] }, "OP_FORM_UNSUPPORTED");
    });

    it("refuses NonZero and Compress of what depends on the input", () => {
      expectParts({ nodes: [node("NonZero", ["x"], "y")] }, "OP_FORM_UNSUPPORTED");
      expectParts({ nodes: [node("Compress", ["x", "x"], "y")] }, "OP_FORM_UNSUPPORTED");
    });

    it("refuses other domains, even under a known op", () => {
      const nodes = [{ ...RELU[0], domain: "com.microsoft" }];
      const data = expectCode(onnxModel({ nodes }), "DOMAIN_UNSUPPORTED");
      expect(data).to.include({ node: "Relu:y", domain: "com.microsoft" });
    });

    const subgraphs = [{ g: new Uint8Array() }, { graphs: [new Uint8Array()] }, { type: 5 }];
    for (const subgraph of subgraphs) {
      it(`refuses a subgraph (${Object.keys(subgraph).join()})`, () => {
        const attribute = [{ name: "body", ...subgraph }];
        const nodes = [node("Loop", ["x"], "y", attribute)];
        const data = expectCode(onnxModel({ nodes }), "SUBGRAPH_UNSUPPORTED");
        expect(data).to.include({ node: "Loop:y", opType: "Loop", attribute: "body" });
      });
    }

    const cases: Record<string, [ModelParts["nodes"], CompilerError["code"]]> = {
      "a sparse attribute": [
        [node("Constant", [], "y", [{ name: "sparse_value", sparseTensor: new Uint8Array() }])],
        "SPARSE_UNSUPPORTED",
      ],
      "an unknown attribute": [
        [node("Relu", ["x"], "y", [float("alpha", 1)])],
        "ATTRIBUTE_INVALID",
      ],
      "an attribute of another kind": [
        [node("Flatten", ["x"], "y", [float("axis", 1)])],
        "ATTRIBUTE_INVALID",
      ],
      "an attribute given twice": [
        [node("Flatten", ["x"], "y", [int("axis", 1), int("axis", 1)])],
        "ATTRIBUTE_INVALID",
      ],
      "an attribute without name": [[node("Flatten", ["x"], "y", [int("", 1)])], "NAME_MISSING"],
      "an attribute of a function": [
        [node("Flatten", ["x"], "y", [{ ...int("axis", 1), refAttrName: "axis" }])],
        "ATTRIBUTE_INVALID",
      ],
      "an attribute that is not finite": [
        [node("Gemm", ["x", "w"], "y", [float("alpha", NaN)])],
        "ATTRIBUTE_INVALID",
      ],
      "a flag of 2": [[node("Gemm", ["x", "w"], "y", [int("transB", 2)])], "ATTRIBUTE_INVALID"],
      "too few inputs": [[node("MatMul", ["x"], "y")], "OP_FORM_UNSUPPORTED"],
      "a needed input left out": [[node("MatMul", ["", "w"], "y")], "OP_FORM_UNSUPPORTED"],
      "too many inputs": [[node("Relu", ["x", "w"], "y")], "OP_FORM_UNSUPPORTED"],
      "no output": [[node("Relu", ["x"], "")], "OP_FORM_UNSUPPORTED"],
      "two outputs": [[{ ...RELU[0], output: ["y", "z"] }], "OP_FORM_UNSUPPORTED"],
      "a computed shape": [
        [node("Relu", ["x"], "a"), node("Reshape", ["x", "a"], "y")],
        "OP_FORM_UNSUPPORTED",
      ],
      "a shape of floats": [[node("Reshape", ["x", "w"], "y")], "OP_FORM_UNSUPPORTED"],
      "an axis that is not there": [
        [node("Concat", ["x", "x"], "y", [int("axis", 2)])],
        "ATTRIBUTE_INVALID",
      ],
      "a text that is none of its values": [
        [node("Pad", ["x", "s"], "y", [text("mode", "mirror")])],
        "ATTRIBUTE_INVALID",
      ],
      "a cast to texts": [[node("Cast", ["x"], "y", [int("to", 8)])], "DTYPE_UNSUPPORTED"],
      "a power by a computed exponent": [[node("Pow", ["x", "x"], "y")], "OP_FORM_UNSUPPORTED"],
      "a constant index outside": [[node("Gather", ["x", "s"], "y")], "SHAPE_MISMATCH"],
      "more of the largest than there are": [
        [node("TopK", ["x", "s"], "y")],
        "OP_FORM_UNSUPPORTED",
      ],
      "a Constant without value": [[node("Constant", [], "y")], "ATTRIBUTE_INVALID"],
      "a Constant with two values": [
        [node("Constant", [], "y", [float("value_float", 1), int("value_int", 1)])],
        "ATTRIBUTE_INVALID",
      ],
      "a Constant that is not finite": [
        [node("Constant", [], "y", [tensor("value", floats("", [1], [NaN]))])],
        "VALUE_NOT_FINITE",
      ],
    };
    for (const [name, [nodes, code]] of Object.entries(cases)) {
      it(`refuses ${name}`, () => {
        expectParts({ nodes, initializers: [WEIGHTS, ints("s", [9, 9, 9, 9])] }, code);
      });
    }

    it("refuses an attribute of a later opset", () => {
      const nodes = [node("Reshape", ["x", "s"], "y", [int("allowzero", 0)])];
      const initializers = [ints("s", [1, 4])];
      expectCode(onnxModel({ opset: 13, nodes, initializers }), "ATTRIBUTE_INVALID");
      readModel(onnxModel({ opset: 14, nodes, initializers }));
      const constant = [node("Constant", [], "s", [float("value_float", 1)]), ...RELU];
      expectCode(onnxModel({ opset: 11, nodes: constant }), "ATTRIBUTE_INVALID");
      readModel(onnxModel({ opset: 12, nodes: constant }));
    });
  });

  describe("given shapes that do not fit", () => {
    const cases: Record<string, [ModelParts, CompilerError["code"]]> = {
      "a product of other lengths": [
        { nodes: MATMUL, initializers: [floats("w", [3, 1], [1, 2, 3])] },
        "SHAPE_MISMATCH",
      ],
      "a product by a vector of another length": [
        { nodes: MATMUL, initializers: [floats("w", [3], [1, 2, 3])] },
        "SHAPE_MISMATCH",
      ],
      "a product by a scalar": [
        { nodes: MATMUL, initializers: [floats("w", [], [1])] },
        "SHAPE_MISMATCH",
      ],
      "a sum that cannot be broadcast": [
        { nodes: [node("Add", ["x", "w"], "y")], initializers: [floats("w", [3], [1, 2, 3])] },
        "SHAPE_MISMATCH",
      ],
      "a reshape to other elements": [
        { nodes: [node("Reshape", ["x", "s"], "y")], initializers: [ints("s", [3])] },
        "SHAPE_MISMATCH",
      ],
      "a reshape with a fraction": [
        { nodes: [node("Reshape", ["x", "s"], "y")], initializers: [ints("s", [3, -1])] },
        "SHAPE_MISMATCH",
      ],
      "a reshape with two free axes": [
        { nodes: [node("Reshape", ["x", "s"], "y")], initializers: [ints("s", [-1, -1])] },
        "SHAPE_MISMATCH",
      ],
      "a reshape that copies an axis that is not there": [
        { nodes: [node("Reshape", ["x", "s"], "y")], initializers: [ints("s", [1, 4, 0])] },
        "SHAPE_MISMATCH",
      ],
      "a reshape to a negative length": [
        { nodes: [node("Reshape", ["x", "s"], "y")], initializers: [ints("s", [-2, -2])] },
        "SHAPE_INVALID",
      ],
      "a Flatten past the last axis": [
        { nodes: [node("Flatten", ["x"], "y", [int("axis", 3)])] },
        "SHAPE_MISMATCH",
      ],
      "a product of more terms than any circuit": [
        {
          nodes: MATMUL,
          input: [2 ** 15, 4],
          initializers: [floats("w", [4, 1024], new Array<number>(4096).fill(0))],
        },
        "LIMIT_EXCEEDED",
      ],
      "constants that fold to infinity": [
        {
          nodes: [
            node("Gemm", ["w", "v"], "a", [float("alpha", 3e38)]),
            node("Gemm", ["a", "v", "a"], "b", [float("alpha", 3e38), float("beta", 3e38)]),
            node("Gemm", ["b", "v"], "c", [float("alpha", 3e38)]),
            node("Gemm", ["c", "v"], "d", [float("alpha", 3e38)]),
            node("MatMul", ["x", "d"], "y"),
          ],
          initializers: [floats("w", [4, 1], [3e38, 0, 0, 0]), floats("v", [1, 1], [3e38])],
        },
        "VALUE_NOT_FINITE",
      ],
    };
    for (const [name, [parts, code]] of Object.entries(cases)) {
      it(`refuses ${name}`, () => {
        expectCode(onnxModel(parts), code);
      });
    }
  });
});

describe("readModel, given sizes beyond any circuit", () => {
  const LARGE = 2 ** 40;
  const cases: Record<string, [node: ReturnType<typeof node>, shape: readonly number[]]> = {
    ConstantOfShape: [node("ConstantOfShape", ["s"], "y"), [2 ** 20, 2 ** 20]],
    Expand: [node("Expand", ["x", "s"], "y"), [2 ** 22, 1, 4]],
    "Expand of a constant": [node("Expand", ["w", "s"], "y"), [2 ** 22, 4, 2]],
    Tile: [node("Tile", ["x", "s"], "y"), [2 ** 12, 2 ** 12]],
    Pad: [node("Pad", ["x", "s"], "y"), [0, 0, LARGE, 0]],
    "Pad within the limit of an axis": [node("Pad", ["x", "s"], "y"), [0, 0, 2 ** 23, 8]],
    OneHot: [node("OneHot", ["x", "n", "s"], "y"), [0, 1]],
    Range: [node("Range", ["zero", "n", "one"], "y"), []],
    "Slice steps": [node("Slice", ["x", "s", "s", "s", "s"], "y"), [-(2 ** 62)]],
    Resize: [node("Resize", ["x", "", "", "s"], "y"), [LARGE, 4]],
  };
  for (const [name, [reader, shape]] of Object.entries(cases)) {
    it(`refuses ${name} before it takes memory`, () => {
      const scalar = (id: string, value: number): TensorProto => ({
        ...ints(id, [value]),
        dims: [],
      });
      const initializers = [
        WEIGHTS,
        ints("s", shape),
        scalar("n", LARGE),
        scalar("zero", 0),
        scalar("one", 1),
      ];
      const error = errorOf(() => readModel(onnxModel({ nodes: [reader], initializers })));
      expect(error).to.be.instanceOf(CompilerError);
    });
  }

  it("refuses operands whose common shape is large", () => {
    const nodes = [
      node("Reshape", ["x", "s"], "a"),
      node("Transpose", ["a"], "b"),
      node("Add", ["a", "b"], "y"),
    ];
    const initializers = [ints("s", [2 ** 20, 1])];
    expectCode(onnxModel({ nodes, input: [2 ** 18, 4], initializers }), "LIMIT_EXCEEDED");
  });

  it("refuses many constants that together are large", () => {
    const nodes = Array.from({ length: 40 }, (_, i) => node("ConstantOfShape", ["s"], `c${i}`));
    const initializers = [ints("s", [2 ** 20])];
    const model = { nodes: [...nodes, ...RELU], initializers };
    expectLimit(onnxModel(model), "elements of constants up to ConstantOfShape:c15");
  });
});

function expectParts(parts: ModelParts, code: CompilerError["code"]): void {
  expectCode(onnxModel(parts), code);
}

function expectCode(file: Uint8Array, code: CompilerError["code"]): CompilerError["data"] {
  return expectError(
    errorOf(() => readModel(file)),
    code,
  );
}

function expectLimit(file: Uint8Array, what: string): void {
  expect(expectCode(file, "LIMIT_EXCEEDED")).to.include({ what });
}

function expectError(error: unknown, code: CompilerError["code"]): CompilerError["data"] {
  if (!(error instanceof CompilerError)) throw error;
  expect(error.code).to.equal(code);
  return error.data;
}
