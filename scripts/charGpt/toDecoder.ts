import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "../../offchain/compiler/onnx/modelProto.ts";
import { ATTRIBUTE_TYPES, FLOAT32, INT64 } from "../../offchain/compiler/onnx/modelProto.ts";

/** Layers, heads, and width of a head of `models/char-gpt/train.py`. */
const LAYERS = 2;
const HEADS = 4;
const HEAD_WIDTH = 16;

/** Names that `torch.onnx` gave to what changes in `models/char-gpt/forward.onnx`. */
const IDS = "ids";
const POSITIONS = "/Slice_output_0";
const MASK = "/Slice_2_output_0";
const CAUSAL = "const_6";
const keyOf = (layer: number): string => `/blocks.${layer}/Transpose_2_output_0`;
const rowsOf = (layer: number): string => `/blocks.${layer}/Reshape_1_output_0`;
const valueOf = (layer: number): string => `/blocks.${layer}/Transpose_1_output_0`;

/**
 * Returns the decoder of a char-gpt that runs on whole sequences: the same nodes and weights, with the inputs and outputs
 * that text generation libraries expect. Shapes: `input_ids`, `position_ids` [batch, s], `attention_mask` [batch, p + s],
 * `past_key_values.*` [batch, 4, p, 16] → `logits` [batch, s, 65], `present.*` [batch, 4, p + s, 16].
 */
export function toDecoder(forward: ModelProto): ModelProto {
  const graph = forward.graph ?? {};
  const replaced = new Set([
    ...[POSITIONS, MASK],
    ...layers().flatMap((layer) => [keyOf(layer), valueOf(layer)]),
  ]);
  const kept = (graph.node ?? [])
    .filter(({ output = [] }) => !output.some((it) => replaced.has(it)))
    .map((it) =>
      renameInputs(
        it,
        new Map([
          [IDS, "input_ids"],
          [POSITIONS, "position_ids"],
        ]),
      ),
    );
  const body = [...maskNodes(), ...kept, ...layers().flatMap(cacheNodes)];
  const used = live(body, ["logits", ...layers().flatMap((it) => cacheNames("present", it))]);
  return {
    ...forward,
    producerName: "vouch",
    graph: {
      name: "char-gpt",
      node: inOrder(used, inputNames()),
      initializer: [...(graph.initializer ?? []), ...constants()].filter(({ name = "" }) =>
        used.some(({ input = [] }) => input.includes(name)),
      ),
      ...interfaceOf(),
    },
  };
}

function layers(): number[] {
  return Array.from({ length: LAYERS }, (_, layer) => layer);
}

function cacheNames(prefix: "past_key_values" | "present", layer: number): string[] {
  return [`${prefix}.${layer}.key`, `${prefix}.${layer}.value`];
}

/** Rows `p … p+s` and columns `0 … p+s` of the causal mask, and what `attention_mask` hides. */
function maskNodes(): NodeProto[] {
  return [
    node("Shape", ["past_key_values.0.key"], "past shape"),
    node("Slice", ["past shape", "two", "three", "zero"], "past"),
    node("Shape", ["attention_mask"], "mask shape"),
    node("Slice", ["mask shape", "one", "two", "zero"], "total"),
    node("Slice", [CAUSAL, "past", "total", "zero"], "causal rows"),
    node("Slice", ["causal rows", "zero", "total", "one"], "causal"),
    node("Cast", ["attention_mask"], "shown", [
      attribute("to", { type: ATTRIBUTE_TYPES.int, i: BigInt(FLOAT32) }),
    ]),
    node("Sub", ["shown", "unit"], "hidden"),
    node("Mul", ["hidden", "far"], "hidden score"),
    node("Unsqueeze", ["hidden score", "one and two"], "hidden row"),
    node("Add", ["causal", "hidden row"], MASK),
  ];
}

/** New keys and values behind those of the past. */
function cacheNodes(layer: number): NodeProto[] {
  const [pastKey = "", pastValue = ""] = cacheNames("past_key_values", layer);
  const [key = "", value = ""] = cacheNames("present", layer);
  const newValue = `/blocks.${layer}/Reshape_2_output_0`;
  return [
    node("Transpose", [rowsOf(layer)], `new.${layer}.key`, [permutation([0, 2, 1, 3])]),
    node("Concat", [pastKey, `new.${layer}.key`], key, [axis(2)]),
    node("Transpose", [key], keyOf(layer), [permutation([0, 1, 3, 2])]),
    node("Transpose", [newValue], `new.${layer}.value`, [permutation([0, 2, 1, 3])]),
    node("Concat", [pastValue, `new.${layer}.value`], value, [axis(2)]),
    node("Identity", [value], valueOf(layer)),
  ];
}

function constants(): TensorProto[] {
  const integers = (name: string, ...values: number[]): TensorProto => ({
    name,
    dataType: INT64,
    dims: [BigInt(values.length)],
    int64Data: values.map(BigInt),
  });
  const float = (name: string, value: number): TensorProto => ({
    name,
    dataType: FLOAT32,
    floatData: [value],
  });
  return [
    integers("zero", 0),
    integers("one", 1),
    integers("two", 2),
    integers("three", 3),
    integers("one and two", 1, 2),
    float("unit", 1),
    float("far", 1e4),
  ];
}

function inputNames(): string[] {
  return (interfaceOf().input ?? []).map(({ name = "" }) => name);
}

function interfaceOf(): Pick<GraphProto, "input" | "output"> {
  const caches = (prefix: "past_key_values" | "present", length: string): ValueInfoProto[] =>
    layers()
      .flatMap((layer) => cacheNames(prefix, layer))
      .map((name) => value(name, FLOAT32, ["batch_size", HEADS, length, HEAD_WIDTH]));
  return {
    input: [
      value("input_ids", INT64, ["batch_size", "sequence_length"]),
      value("attention_mask", INT64, ["batch_size", "total_sequence_length"]),
      value("position_ids", INT64, ["batch_size", "sequence_length"]),
      ...caches("past_key_values", "past_sequence_length"),
    ],
    output: [
      value("logits", FLOAT32, ["batch_size", "sequence_length", 65]),
      ...caches("present", "total_sequence_length"),
    ],
  };
}

/** Nodes that an output depends on. */
function live(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const needed = new Set(outputs);
  const found = new Set<NodeProto>();
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const it of nodes) {
      if (!(it.output ?? []).some((name) => needed.has(name))) continue;
      found.add(it);
      for (const name of it.input ?? []) needed.add(name);
    }
  }
  return nodes.filter((it) => found.has(it));
}

/** The first order in which each node follows what it reads. */
function inOrder(nodes: readonly NodeProto[], inputs: readonly string[]): NodeProto[] {
  const made = new Set(nodes.flatMap(({ output = [] }) => output));
  const known = new Set(inputs);
  const sorted: NodeProto[] = [];
  let open = [...nodes];
  while (open.length > 0) {
    const next = open.find(({ input = [] }) => input.every((it) => known.has(it) || !made.has(it)));
    if (next === undefined) throw new Error("the nodes of the decoder form a cycle");
    sorted.push(next);
    for (const name of next.output ?? []) known.add(name);
    open = open.filter((it) => it !== next);
  }
  return sorted;
}

function renameInputs(it: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  return { ...it, input: (it.input ?? []).map((name) => names.get(name) ?? name) };
}

function node(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: readonly AttributeProto[] = [],
): NodeProto {
  return { opType, name: output, input, output: [output], attribute: attributes };
}

function attribute(name: string, rest: Omit<AttributeProto, "name">): AttributeProto {
  return { name, ...rest };
}

function permutation(order: readonly number[]): AttributeProto {
  return attribute("perm", { type: ATTRIBUTE_TYPES.ints, ints: order.map(BigInt) });
}

function axis(index: number): AttributeProto {
  return attribute("axis", { type: ATTRIBUTE_TYPES.int, i: BigInt(index) });
}

function value(name: string, elemType: number, dims: readonly (string | number)[]): ValueInfoProto {
  const dim = dims.map((it) =>
    typeof it === "number" ? { dimValue: BigInt(it) } : { dimParam: it },
  );
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
