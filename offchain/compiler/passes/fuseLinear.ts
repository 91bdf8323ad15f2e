import type { Constant, FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { readersOf } from "../ir/floatGraph.ts";

/** Constants of the architecture from here on stay beside a layer. */
const FAR = 64;

type Linear = FloatNode & { op: "linear" };
type Affine = FloatNode & { op: "sum" | "multiply" };
/** What each output of a layer is multiplied by and what is added to it. */
type Change = {
  readonly factors: Float64Array;
  readonly addends: Float64Array;
  readonly role: Constant["role"];
};

/**
 * Takes additions of and multiplications by constants into the layer before them, past views, where every output of the
 * layer meets one constant: a bias after MatMul, a batch normalization after Conv.
 */
export function fuseLinear(graph: FloatGraph): FloatGraph {
  const constants = new Map(graph.constants);
  const tensors = new Map(graph.tensors);
  const readers = readersOf(graph);
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));
  /** Nodes that have become a view of the same elements. */
  const replaced = new Map<FloatId, FloatNode>();
  const changed = new Map<FloatId, Linear>();

  for (const node of graph.nodes) {
    if (node.op !== "sum" && node.op !== "multiply") continue;
    const found = layerBehind(node);
    if (found === undefined) continue;
    const { layer, input, places } = found;
    const change = changeOf(node, input, places, layer);
    if (change === undefined) continue;
    const next = applied(layer, change);
    changed.set(layer.output, next);
    producers.set(layer.output, next);
    const indices = Int32Array.from({ length: places.length }, (_, i) => i);
    const view = {
      op: "view",
      name: node.name,
      inputs: [input],
      indices,
      output: node.output,
    } as const;
    replaced.set(node.output, view);
    producers.set(node.output, view);
  }
  const nodes = graph.nodes.map((it) => changed.get(it.output) ?? replaced.get(it.output) ?? it);
  return { ...graph, constants, tensors, nodes };

  /** The layer that a node's only computed operand shows, each of its elements by place. */
  function layerBehind(
    node: Affine,
  ): { layer: Linear; input: FloatId; places: Int32Array } | undefined {
    const computed = operandIds(node).filter((id) => constantAt(id) === undefined);
    const [input] = computed;
    if (input === undefined || computed.length > 1) return undefined;
    let id = input;
    let places: Int32Array | undefined;
    for (;;) {
      if (readers.get(id) !== 1) return undefined;
      const producer = producers.get(id);
      if (producer?.op === "linear") {
        const elements = elementsOf(producer.output);
        return {
          layer: producer,
          input,
          places: places ?? Int32Array.from({ length: elements }, (_, i) => i),
        };
      }
      const [next] = producer?.op === "view" ? producer.inputs : [];
      if (producer?.op !== "view" || next === undefined || producer.inputs.length > 1)
        return undefined;
      const { indices } = producer;
      places = places?.map((it) => (it === -1 ? -1 : (indices[it] ?? -1))) ?? indices;
      id = next;
    }
  }

  /** `undefined` where an output of the layer meets different constants. */
  function changeOf(
    node: Affine,
    input: FloatId,
    places: Int32Array,
    layer: Linear,
  ): Change | undefined {
    if (places.includes(-1)) return undefined;
    const [outputs = 0] = tensors.get(layer.weights)?.shape ?? [];
    const factors = new Float64Array(outputs).fill(1);
    const addends = new Float64Array(outputs);
    const isKnown = new Uint8Array(outputs);
    const constant = valuesBeside(node, input);
    if (constant === undefined) return undefined;
    // A bound of the architecture that is far off would set the scale of the weights.
    if (constant.role === "structure" && constant.values.some((it) => Math.abs(it) >= FAR)) {
      return undefined;
    }
    const own = node.op === "sum" ? (node.terms.find((it) => it.id === input)?.factor ?? 1) : 1;
    for (let i = 0; i < places.length; i++) {
      const o = (places[i] ?? 0) % outputs;
      const value = constant.values[i] ?? 0;
      const [factor, addend] = node.op === "sum" ? [own, value] : [value, 0];
      if (isKnown[o] === 1 && (factors[o] !== factor || addends[o] !== addend)) return undefined;
      isKnown[o] = 1;
      factors[o] = factor;
      addends[o] = addend;
    }
    return { factors, addends, role: constant.role };
  }

  /** Sum or product of a node's constant operands, element by element. */
  function valuesBeside(
    node: Affine,
    input: FloatId,
  ): Pick<Constant, "values" | "role"> | undefined {
    const all =
      node.op === "sum"
        ? node.terms.filter((it) => it.id !== input)
        : [{ id: node.left === input ? node.right : node.left, factor: 1 }];
    const known = all.flatMap(({ id, factor }) => {
      const constant = constantAt(id);
      return constant === undefined ? [] : [{ ...constant, factor }];
    });
    const [first] = known;
    if (first === undefined || known.length !== all.length) return undefined;
    const values = Float64Array.from(first.values, (_, i) =>
      known.reduce((sum, it) => sum + it.factor * (it.values[i] ?? 0), 0),
    );
    return { values, role: known.some((it) => it.role === "weight") ? "weight" : "structure" };
  }

  /** A constant at the shape at which it is used. */
  function constantAt(id: FloatId): Pick<Constant, "values" | "role"> | undefined {
    const constant = constants.get(id);
    if (constant !== undefined) return constant;
    const node = producers.get(id);
    const [first] = node?.op === "view" ? node.inputs : [];
    if (node?.op !== "view" || first === undefined || node.inputs.length > 1) return undefined;
    const source = constantAt(first);
    if (source === undefined) return undefined;
    const values = Float64Array.from(node.indices, (it) =>
      it === -1 ? 0 : (source.values[it] ?? 0),
    );
    return { values, role: source.role };
  }

  function applied(layer: Linear, { factors, addends, role }: Change): Linear {
    const weights = constants.get(layer.weights);
    const bias = layer.bias === undefined ? undefined : constants.get(layer.bias);
    if (weights === undefined) return layer;
    const [outputs = 0, inputs = 0] = weights.shape;
    const isScaled = factors.some((it) => it !== 1);
    const scaled = weights.values.map((it, i) => it * (factors[Math.floor(i / inputs)] ?? 1));
    const values = addends.map((it, o) => it + (factors[o] ?? 1) * (bias?.values[o] ?? 0));
    const hasBias = layer.bias !== undefined || addends.some((it) => it !== 0) || role === "weight";
    return {
      ...layer,
      weights: isScaled
        ? define(`${layer.output}.weights`, {
            shape: weights.shape,
            values: scaled,
            role: weights.role,
          })
        : layer.weights,
      bias: hasBias
        ? define(`${layer.output}.bias`, { shape: [outputs], values, role: "weight" })
        : undefined,
    };
  }

  function define(base: FloatId, constant: Constant): FloatId {
    let id = base;
    while (tensors.has(id)) id += "'";
    constants.set(id, constant);
    tensors.set(id, { shape: constant.shape, kind: "real" });
    return id;
  }

  function elementsOf(id: FloatId): number {
    return (tensors.get(id)?.shape ?? []).reduce((n, it) => n * it, 1);
  }
}

function operandIds(node: Affine): readonly FloatId[] {
  return node.op === "sum" ? node.terms.map(({ id }) => id) : [node.left, node.right];
}
