import { expect } from "chai";
import { CompilerError } from "../../../offchain/compiler/errors.ts";
import { MAX_FIELDS, MAX_PACKED } from "../../../offchain/compiler/onnx/checkWire.ts";
import type { TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { encodeModel, MAX_FILE_BYTES } from "../../../offchain/compiler/onnx/modelProto.ts";
import {
  MAX_NAME_LENGTH,
  MAX_NODES,
  readModel,
} from "../../../offchain/compiler/onnx/readModel.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import {
  creditModel,
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

describe("readModel", () => {
  describe("given bytes that are no ONNX model", () => {
    const { file } = creditModel();
    const cases: Record<string, Uint8Array> = {
      "a text file": new TextEncoder().encode("pytorch version 1.13, not ONNX"),
      "a zip archive": Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0),
      "a truncated model": file.subarray(0, file.length - 100),
      "a field longer than the file": Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f),
      "a number of eleven bytes": new Uint8Array(12).fill(0xff),
      "a length of 2^63": Uint8Array.of(0x3a, ...new Array<number>(9).fill(0x80), 1),
      "an inner field longer than its message": Uint8Array.of(0x3a, 2, 0x0a, 9),
      "field number 0": Uint8Array.of(0x02, 0),
      "a group": Uint8Array.of(0x3b, 0x3c),
      "100,000 open groups": new Uint8Array(100_000).fill(0x3b),
      "bytes where a number belongs, too long": Uint8Array.of(0x0a, 3, 1, 2),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      it(`refuses ${name}`, () => {
        expectCode(bytes, "MODEL_MALFORMED");
      });
    }

    it("refuses every truncation, or finds something missing", () => {
      for (let length = 0; length < file.length; length += 7) {
        const error = errorOf(() => readModel(file.subarray(0, length)));
        expect(error).to.be.instanceOf(CompilerError);
      }
    });

    it("refuses a model without graph, such as an empty file", () => {
      expectCode(new Uint8Array(), "MODEL_NO_GRAPH");
      expectCode(encodeModel({ irVersion: 7n }), "MODEL_NO_GRAPH");
    });

    it("refuses a file above the limit before reading it", () => {
      expectCode(new Uint8Array(MAX_FILE_BYTES + 1), "MODEL_TOO_LARGE");
    });

    it("refuses megabytes of empty messages before building them", () => {
      const nodes = new Uint8Array(2 * (MAX_FIELDS + 1));
      for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
      expectLimit(message(0x3a, nodes), "fields");
    });

    it("refuses megabytes of packed numbers before building them", () => {
      // A graph with one initializer with dims of one byte each.
      const dims = message(0x0a, new Uint8Array(MAX_PACKED + 1));
      expectLimit(message(0x3a, message(0x2a, dims)), "packed elements");
      const data = message(0x22, new Uint8Array(4 * (MAX_PACKED + 1)));
      expectLimit(message(0x3a, message(0x2a, data)), "packed elements");
    });
  });

  describe("given a model that is not supported as a whole", () => {
    for (const opset of [1, 6, 22, -1]) {
      it(`refuses opset ${opset} and names it`, () => {
        const data = expectCode(onnxModel({ opset, nodes: RELU }), "OPSET_UNSUPPORTED");
        expect(data).to.deep.include({ opset: BigInt(opset), lowest: 7, highest: 21 });
      });
    }

    it("refuses a model that imports no opset of ai.onnx", () => {
      const opsetImport = [{ domain: "ai.onnx.ml", version: 1n }];
      expectParts({ nodes: RELU, model: { opsetImport } }, "OPSET_MISSING");
      expectParts({ nodes: RELU, model: { opsetImport: [] } }, "OPSET_MISSING");
    });

    it("accepts ai.onnx under its long name", () => {
      const opsetImport = [{ domain: "ai.onnx", version: 13n }];
      const nodes = [{ ...RELU[0], domain: "ai.onnx" }];
      const graph = readModel(onnxModel({ nodes, model: { opsetImport } }));
      expect(graph.nodes.some((it) => it.op === "relu")).to.equal(true);
    });

    it("refuses a later opset of ai.onnx.ml, and takes no notice of other domains", () => {
      const others = [{ domain: "com.microsoft", version: 99n }];
      const opsetImport = [{ domain: "", version: 13n }, ...others];
      readModel(onnxModel({ nodes: RELU, model: { opsetImport } }));
      const ml = [...opsetImport, { domain: "ai.onnx.ml", version: 6n }];
      const data = expectCode(
        onnxModel({ nodes: RELU, model: { opsetImport: ml } }),
        "OPSET_UNSUPPORTED",
      );
      expect(data).to.include({ domain: "ai.onnx.ml", highest: 5 });
    });

    it("needs no ai.onnx where a model has nodes of ai.onnx.ml only", () => {
      const opsetImport = [{ domain: "ai.onnx.ml", version: 1n }];
      const nodes = [{ ...node("Binarizer", ["x"], "y"), domain: "ai.onnx.ml" }];
      expect(readModel(onnxModel({ nodes, model: { opsetImport } })).outputs).to.have.length(1);
    });

    it("refuses functions", () => {
      expectParts(
        { nodes: RELU, model: { functions: [new Uint8Array()] } },
        "FUNCTIONS_UNSUPPORTED",
      );
    });

    it("refuses more nodes than the limit", () => {
      const nodes = Array.from({ length: MAX_NODES + 1 }, (_, i) => node("Relu", ["x"], `y${i}`));
      expectParts({ nodes }, "LIMIT_EXCEEDED");
    });

    it("refuses names longer than the limit", () => {
      const name = "x".repeat(MAX_NAME_LENGTH + 1);
      expectParts({ nodes: [node("Relu", ["x"], name)] }, "LIMIT_EXCEEDED");
      expectParts({ nodes: [{ ...RELU[0], name }] }, "LIMIT_EXCEEDED");
      expectParts({ nodes: RELU, initializers: [floats(name, [1], [1])] }, "LIMIT_EXCEEDED");
    });
  });

  describe("given nodes that do not form a graph", () => {
    it("refuses a cycle and names a node on it", () => {
      const nodes = [
        node("Add", ["x", "b"], "a"),
        node("Relu", ["a"], "b"),
        node("Relu", ["b"], "y"),
      ];
      const data = expectCode(onnxModel({ nodes }), "GRAPH_CYCLIC");
      expect(data).to.include({ node: "Add:a" });
    });

    it("refuses a node that reads its own output", () => {
      expectParts({ nodes: [node("Add", ["x", "y"], "y")] }, "GRAPH_CYCLIC");
    });

    it("refuses a tensor that nothing defines", () => {
      const data = expectCode(onnxModel({ nodes: MATMUL }), "TENSOR_UNDEFINED");
      expect(data).to.include({ node: "MatMul:y", tensor: "w" });
    });

    it("refuses two tensors of one name", () => {
      expectParts({ nodes: [...RELU, ...RELU] }, "NAME_DUPLICATE");
      expectParts({ nodes: [node("Relu", ["x"], "x")] }, "NAME_DUPLICATE");
      expectParts({ nodes: RELU, initializers: [WEIGHTS, WEIGHTS] }, "NAME_DUPLICATE");
      expectParts({ nodes: RELU, initializers: [floats("y", [1], [1])] }, "NAME_DUPLICATE");
    });

    it("sorts nodes that are out of order", () => {
      const nodes = [node("Relu", ["b"], "y"), node("Relu", ["a"], "b"), node("Relu", ["x"], "a")];
      const { nodes: read } = readModel(onnxModel({ nodes }));
      const relus = read.filter((it) => it.op === "relu").map((it) => it.output);
      expect(relus).to.deep.equal(["a", "b", "y"]);
    });
  });

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

/** A field of bytes with the tag. */
function message(tag: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  const bytes = new Uint8Array(1 + length.length + content.length);
  bytes.set([tag, ...length]);
  bytes.set(content, 1 + length.length);
  return bytes;
}

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
