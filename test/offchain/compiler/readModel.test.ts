import { CompilerError, compile } from "@vouch/compiler";
import { expect } from "chai";
import { MAX_FIELDS, MAX_PACKED } from "../../../offchain/compiler/onnx/checkWire.ts";
import type { TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { encodeModel, MAX_FILE_BYTES } from "../../../offchain/compiler/onnx/modelProto.ts";
import {
  MAX_NAME_LENGTH,
  MAX_NODES,
  readModel,
} from "../../../offchain/compiler/onnx/readModel.ts";
import { MAX_ELEMENTS } from "../../../offchain/compiler/onnx/readTensor.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import {
  CREDIT_OPTIONS,
  creditModel,
  errorOf,
  float,
  floats,
  int,
  ints,
  node,
  onnxModel,
  tensor,
  valueInfo,
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
    for (const opset of [1, 10, 22, -1]) {
      it(`refuses opset ${opset} and names it`, () => {
        const data = expectCode(onnxModel({ opset, nodes: RELU }), "OPSET_UNSUPPORTED");
        expect(data).to.deep.include({ opset: BigInt(opset), lowest: 11, highest: 21 });
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
      expect(readModel(onnxModel({ nodes, model: { opsetImport } })).nodes).to.have.length(1);
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

  describe("given an input or output that is not supported", () => {
    const cases: Record<string, [ModelParts["graph"], CompilerError["code"]]> = {
      "no input": [{ input: [] }, "INPUT_COUNT"],
      "two inputs": [{ input: [valueInfo("x", [1, 4]), valueInfo("z", [1])] }, "INPUT_COUNT"],
      "two inputs of one name": [
        { input: [valueInfo("x", [1, 4]), valueInfo("x", [1])] },
        "NAME_DUPLICATE",
      ],
      "an input without name": [{ input: [valueInfo("", [1, 4])] }, "NAME_MISSING"],
      "an int64 input": [{ input: [valueInfo("x", [1, 4], 7)] }, "DTYPE_UNSUPPORTED"],
      "an input without type": [{ input: [{ name: "x" }] }, "DTYPE_UNSUPPORTED"],
      "an input without shape": [
        { input: [{ name: "x", type: { tensorType: { elemType: 1 } } }] },
        "SHAPE_INVALID",
      ],
      "a variable second axis": [{ input: [valueInfo("x", ["N", "T"])] }, "SHAPE_DYNAMIC"],
      "an axis of length 0": [{ input: [valueInfo("x", [1, 0])] }, "SHAPE_INVALID"],
      "an axis of length -1": [{ input: [valueInfo("x", [1, -1])] }, "SHAPE_INVALID"],
      "2^40 elements": [{ input: [valueInfo("x", [2 ** 20, 2 ** 20])] }, "LIMIT_EXCEEDED"],
      "2^62 and 0 elements": [{ input: [valueInfo("x", [0, 2 ** 62])] }, "SHAPE_INVALID"],
      "ten axes": [{ input: [valueInfo("x", new Array<number>(10).fill(1))] }, "LIMIT_EXCEEDED"],
      "no output": [{ output: [] }, "OUTPUT_COUNT"],
      "two outputs": [{ output: [valueInfo("y", [4]), valueInfo("x", [4])] }, "OUTPUT_COUNT"],
      "an output without name": [{ output: [{}] }, "NAME_MISSING"],
      "an output that no node computes": [{ output: [valueInfo("z", [4])] }, "TENSOR_UNDEFINED"],
    };
    for (const [name, [graph, code]] of Object.entries(cases)) {
      it(`refuses ${name}`, () => {
        expectParts({ nodes: RELU, ...(graph && { graph }) }, code);
      });
    }

    it("refuses an input of more elements than any circuit can have", () => {
      expectCompileCode(onnxModel({ nodes: RELU, input: [1, 2 ** 23] }), "LIMIT_EXCEEDED");
    });

    it("refuses an output that does not depend on the input", () => {
      const nodes = [node("MatMul", ["w", "v"], "y")];
      const initializers = [WEIGHTS, floats("v", [2, 1], [1, 1])];
      expectCompileCode(onnxModel({ nodes, initializers }), "OUTPUT_CONSTANT");
    });

    it("takes an initializer that is listed as input for a constant", () => {
      const input = [valueInfo("x", ["N", 4]), valueInfo("w", [4, 2])];
      const graph = readModel(
        onnxModel({ nodes: MATMUL, initializers: [WEIGHTS], graph: { input } }),
      );
      expect(graph.input).to.equal("x");
      expect(graph.shapes.get("x")).to.deep.equal([1, 4]);
    });
  });

  describe("given tensors that are not supported", () => {
    const cases: Record<string, [TensorProto, CompilerError["code"]]> = {
      "external data": [{ ...WEIGHTS, dataLocation: 1 }, "EXTERNAL_DATA"],
      "a path of external data": [
        { ...WEIGHTS, externalData: [new Uint8Array()] },
        "EXTERNAL_DATA",
      ],
      "a segment": [{ ...WEIGHTS, segment: new Uint8Array() }, "SHAPE_INVALID"],
      float16: [{ ...WEIGHTS, dataType: 10 }, "DTYPE_UNSUPPORTED"],
      "no type": [{ name: "w", dims: [1n] }, "DTYPE_UNSUPPORTED"],
      "int64 as weights": [ints("w", [1, 2, 3, 4]), "DTYPE_UNSUPPORTED"],
      "raw data too short": [{ ...WEIGHTS, rawData: new Uint8Array(31) }, "TENSOR_DATA_LENGTH"],
      "raw data too long": [{ ...WEIGHTS, rawData: new Uint8Array(36) }, "TENSOR_DATA_LENGTH"],
      "raw data and values": [{ ...WEIGHTS, floatData: [1] }, "TENSOR_DATA_LENGTH"],
      "too few values": [
        { name: "w", dataType: 1, dims: [4n, 2n], floatData: [1, 2, 3] },
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
      "no elements": [floats("w", [4, 0], []), "SHAPE_INVALID"],
      "nine axes": [{ ...WEIGHTS, dims: new Array<bigint>(9).fill(1n) }, "LIMIT_EXCEEDED"],
      NaN: [floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, NaN]), "VALUE_NOT_FINITE"],
      Infinity: [floats("w", [4, 2], [1, -Infinity, 3, 4, 5, 6, 7, 8]), "VALUE_NOT_FINITE"],
      "no name": [floats("", [1], [1]), "NAME_MISSING"],
    };
    for (const [name, [initializer, code]] of Object.entries(cases)) {
      it(`refuses ${name}`, () => {
        expectParts({ nodes: MATMUL, initializers: [initializer] }, code);
      });
    }

    it("names the element that is not finite", () => {
      const weights = floats("w", [4, 2], [1, 2, 3, NaN, 5, 6, 7, 8]);
      const model = onnxModel({ nodes: MATMUL, initializers: [weights] });
      expect(expectCode(model, "VALUE_NOT_FINITE")).to.include({ tensor: "w", index: 3 });
    });

    it("refuses sparse initializers", () => {
      expectParts(
        { nodes: RELU, graph: { sparseInitializer: [new Uint8Array()] } },
        "SPARSE_UNSUPPORTED",
      );
    });

    it("reads values from either field", () => {
      const values = [1, -2.5, 3, 4, 5, 6, 7, 0.125];
      const typed = { name: "w", dataType: 1, dims: [4n, 2n], floatData: values };
      for (const weights of [typed, floats("w", [4, 2], values)]) {
        const graph = readModel(onnxModel({ nodes: MATMUL, initializers: [weights] }));
        expect(Array.from(graph.constants.get("w")!.values)).to.deep.equal(values);
      }
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
      expect(readModel(onnxModel({ nodes })).nodes.map((it) => it.output)).to.deep.equal([
        "a",
        "b",
        "y",
      ]);
    });
  });

  describe("given a node that is not supported", () => {
    it("names node, op and opset", () => {
      const nodes = [node("Softmax", ["x"], "y")];
      const data = expectCode(onnxModel({ nodes, opset: 17 }), "OP_UNSUPPORTED");
      expect(data).to.include({ node: "Softmax:y", opType: "Softmax", opset: 17 });
    });

    it("names a node without name by its op and output", () => {
      const nodes = [{ opType: "Softmax", input: ["x"], output: ["y"] }];
      const data = expectCode(onnxModel({ nodes }), "OP_UNSUPPORTED");
      expect(data).to.include({ node: "Softmax(y)" });
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
        expectParts({ nodes: [node("Relu", ["x"], "y", attribute)] }, "SUBGRAPH_UNSUPPORTED");
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
      "a transposed left operand": [
        [node("Gemm", ["x", "w"], "y", [int("transA", 1)])],
        "OP_FORM_UNSUPPORTED",
      ],
      "too few inputs": [[node("MatMul", ["x"], "y")], "OP_FORM_UNSUPPORTED"],
      "a needed input left out": [[node("MatMul", ["", "w"], "y")], "OP_FORM_UNSUPPORTED"],
      "too many inputs": [[node("Relu", ["x", "w"], "y")], "OP_FORM_UNSUPPORTED"],
      "no output": [[node("Relu", ["x"], "")], "OP_FORM_UNSUPPORTED"],
      "two outputs": [[{ ...RELU[0], output: ["y", "z"] }], "OP_FORM_UNSUPPORTED"],
      "a computed shape": [
        [node("Relu", ["x"], "a"), node("Reshape", ["x", "a"], "y")],
        "OP_FORM_UNSUPPORTED",
      ],
      "a shape of floats": [[node("Reshape", ["x", "w"], "y")], "DTYPE_UNSUPPORTED"],
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
        expectParts({ nodes, initializers: [WEIGHTS] }, code);
      });
    }

    it("refuses an attribute of a later opset", () => {
      const nodes = [node("Reshape", ["x", "s"], "y", [int("allowzero", 0)])];
      const initializers = [ints("s", [1, 4])];
      expectCode(onnxModel({ opset: 13, nodes, initializers }), "ATTRIBUTE_INVALID");
      expect(readModel(onnxModel({ opset: 14, nodes, initializers })).nodes).to.have.length(1);
      const constant = [node("Constant", [], "s", [float("value_float", 1)]), ...RELU];
      expectCode(onnxModel({ opset: 11, nodes: constant }), "ATTRIBUTE_INVALID");
      expect(readModel(onnxModel({ opset: 12, nodes: constant })).nodes).to.have.length(1);
    });
  });

  describe("given shapes that do not fit", () => {
    const cases: Record<string, [ModelParts, CompilerError["code"]]> = {
      "a product of other lengths": [
        { nodes: MATMUL, initializers: [floats("w", [3, 1], [1, 2, 3])] },
        "SHAPE_MISMATCH",
      ],
      "a product by a vector": [
        { nodes: MATMUL, initializers: [floats("w", [4], [1, 2, 3, 4])] },
        "OP_FORM_UNSUPPORTED",
      ],
      "a product of two computed tensors": [
        { nodes: [node("Relu", ["x"], "r"), node("MatMul", ["x", "r"], "y")], input: [2, 2] },
        "OP_FORM_UNSUPPORTED",
      ],
      "a sum that cannot be broadcast": [
        { nodes: [node("Add", ["x", "w"], "y")], initializers: [floats("w", [3], [1, 2, 3])] },
        "SHAPE_MISMATCH",
      ],
      "a computed tensor that is broadcast": [
        { nodes: [node("Add", ["x", "w"], "y")], initializers: [floats("w", [2, 1], [1, 2])] },
        "OP_FORM_UNSUPPORTED",
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
          input: [2 ** 11, 4],
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
        expectCompileCode(onnxModel(parts), code);
      });
    }
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

function expectCompileCode(file: Uint8Array, code: CompilerError["code"]): void {
  const calibration = { samples: [[0, 0, 0, 0]] };
  expectError(
    errorOf(() => compile(file, { ...CREDIT_OPTIONS, calibration })),
    code,
  );
}

function expectError(error: unknown, code: CompilerError["code"]): CompilerError["data"] {
  if (!(error instanceof CompilerError)) throw error;
  expect(error.code).to.equal(code);
  return error.data;
}
