import { expect } from "chai";
import { CompilerError } from "../../../offchain/compiler/errors.ts";
import { MAX_FIELDS, MAX_PACKED } from "../../../offchain/compiler/onnx/checkWire.ts";
import { encodeModel, MAX_FILE_BYTES } from "../../../offchain/compiler/onnx/modelProto.ts";
import {
  MAX_NAME_LENGTH,
  MAX_NODES,
  readModel,
} from "../../../offchain/compiler/onnx/readModel.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import { creditModel, errorOf, floats, node, onnxModel } from "../../helpers/onnxModel.ts";

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
