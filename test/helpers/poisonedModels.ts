/** Test only: ONNX files that are made to do harm, and the code that each is refused with. */
import type {
  GraphProto,
  ModelProto,
  TensorProto,
} from "../../offchain/compiler/onnx/modelProto.ts";
import { decodeModel, encodeModel } from "../../offchain/compiler/onnx/modelProto.ts";
import { creditModel, ints, node, valueInfo } from "./onnxModel.ts";

const { file } = creditModel();
const model = decodeModel(file);

const withGraph = (change: (graph: GraphProto) => Partial<GraphProto>): Uint8Array =>
  encodeModel({ ...model, graph: { ...model.graph, ...change(model.graph!) } }); // it has a graph
const withWeights = (change: (tensor: TensorProto) => TensorProto): Uint8Array =>
  withGraph(({ initializer = [] }) => ({
    initializer: initializer.map((it, i) => (i === 0 ? change(it) : it)),
  }));
const withNodes = (change: Partial<NonNullable<GraphProto["node"]>[number]>): Uint8Array =>
  withGraph(({ node: nodes = [] }) => ({
    node: nodes.map((it, i) => (i === 0 ? { ...it, ...change } : it)),
  }));
const external = (path: string): Uint8Array => {
  const location = Buffer.from([10, 8, ...Buffer.from("location"), 18, path.length]);
  const entry = Buffer.concat([location, Buffer.from(path)]);
  return withWeights(({ name = "", dims = [], dataType = 1 }) => ({
    ...{ name, dims, dataType, dataLocation: 1, externalData: [entry] },
  }));
};
const nested = (depth: number): Uint8Array => {
  let inner: Buffer = Buffer.alloc(0);
  for (let i = 0; i < depth; i++)
    inner = Buffer.concat([Buffer.from([0x3a]), length(inner), inner]);
  return inner;
};
function length({ length: left }: Uint8Array): Buffer {
  const bytes: number[] = [];
  for (let rest = left; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
/** Repeats the input so many times, and takes the largest. */
const expanding = (times: number): Uint8Array => {
  const graph: ModelProto = {
    ...model,
    graph: {
      name: "expanding",
      node: [node("Expand", ["input", "lengths"], "many"), node("ReduceMax", ["many"], "output")],
      initializer: [{ ...ints("lengths", [times, 20]), dims: [2n] }],
      input: [valueInfo("input", ["batch", 20])],
      output: [valueInfo("output", ["batch", 1])],
    },
  };
  return encodeModel(graph);
};

/** Each a change to the credit model, whose samples are input of all that have one. */
export const POISONED_MODELS: readonly (readonly [name: string, file: Uint8Array, code: string])[] =
  [
    ["cut in the middle", file.subarray(0, file.length / 2), "MODEL_MALFORMED"],
    ["cut by its last byte", file.subarray(0, file.length - 1), "MODEL_MALFORMED"],
    ["text", Buffer.from("root:x:0:0:root:/root:/bin/bash"), "MODEL_MALFORMED"],
    [
      "with nodes that form a cycle",
      withNodes({ input: [model.graph!.output![0]!.name!] }),
      "GRAPH_CYCLIC",
    ],
    [
      "with weights of 2^40 elements by its word",
      withWeights((it) => ({ ...it, dims: [2n ** 20n, 2n ** 20n] })),
      "LIMIT_EXCEEDED",
    ],
    ["with a negative length", withWeights((it) => ({ ...it, dims: [-1n] })), "SHAPE_INVALID"],
    ["with weights in /etc/passwd", external("../../../../../../etc/passwd"), "EXTERNAL_DATA"],
    ["with weights in an absolute path", external("/etc/passwd"), "EXTERNAL_DATA"],
    ["with an op that nobody knows", withNodes({ opType: "Detonate" }), "OP_UNSUPPORTED"],
    [
      "with an op of a domain of its own",
      withNodes({ domain: "com.evil.ops" }),
      "DOMAIN_UNSUPPORTED",
    ],
    [
      "with weights that are no numbers",
      withWeights((it) => ({ ...it, rawData: new Uint8Array(it.rawData!.length).fill(0xff) })),
      "VALUE_NOT_FINITE",
    ],
    [
      "with functions",
      encodeModel({ ...model, functions: [new Uint8Array(8)] }),
      "FUNCTIONS_UNSUPPORTED",
    ],
    ["nested 20,000 deep", nested(20_000), "OUTPUT_COUNT"],
    [
      "of 2^22 empty messages",
      Buffer.concat([
        Buffer.from([0x3a]),
        length(Buffer.alloc(2 ** 23)),
        Buffer.alloc(2 ** 23, Buffer.from([0x0a, 0])),
      ]),
      "LIMIT_EXCEEDED",
    ],
    ["that expands to 2^44 elements", expanding(2 ** 40), "LIMIT_EXCEEDED"],
    ["that expands to 20 billion elements", expanding(10 ** 9), "LIMIT_EXCEEDED"],
  ];
