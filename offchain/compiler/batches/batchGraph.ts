import { inferencesOf } from "../emit/components.ts";
import type { ProvableModel } from "../emit/components.ts";
import type { IntegerGraph, IntegerNode, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";

type View = Extract<IntegerNode, { readonly op: "view" }>;

/**
 * Returns the graph of `count` inferences at once: input and output lie end to end, one inference after the other, and each is what
 * the graph gives alone, bit for bit. Parameters and constants are there once, so that whoever commits to them does so once, and a
 * layer has `count` times as many rows, over which its products are checked together. What depends on no input is computed once.
 *
 * @param count 1 or more
 */
export function batchGraph(graph: IntegerGraph, count: number): IntegerGraph {
  const activations = new Map<TensorId, Tensor>();
  const known = new Map<TensorId, Tensor>(
    [...graph.parameters, ...graph.constants].map((it) => [it.id, it]),
  );
  const nodes: IntegerNode[] = [];
  const repeated = new Map<TensorId, TensorId>();
  const batched = (tensor: Tensor): Tensor => ({ ...tensor, shape: times(tensor.shape, count) });
  for (const it of inputsOf(graph)) activations.set(it.id, it);

  /** A tensor with one value for each inference: that of an operand that is the same for all is repeated. */
  const each = (id: TensorId): TensorId => {
    const tensor = known.get(id);
    if (tensor === undefined) return id;
    const there = repeated.get(id);
    if (there !== undefined) return there;
    const elements = elementsOf(tensor.shape);
    const view: View = {
      ...{ op: "view", name: `${id}/repeated`, inputs: [id] },
      indices: Int32Array.from({ length: count * elements }, (_, i) => i % elements),
      output: { ...batched(tensor), id: `${id}/repeated` },
    };
    nodes.push(view);
    repeated.set(id, view.output.id);
    return view.output.id;
  };

  const sizeOf = (id: TensorId): number =>
    elementsOf((activations.get(id) ?? known.get(id))?.shape ?? []);

  for (const node of graph.nodes) {
    if (!operandsOf(node).some((id) => activations.has(id))) {
      known.set(node.output.id, node.output);
      nodes.push(node);
      continue;
    }
    activations.set(node.output.id, node.output);
    const output = batched(node.output);
    switch (node.op) {
      case "view":
        nodes.push({ ...node, output, indices: viewOfAll(node, count, known, sizeOf) });
        break;
      case "reduceSum":
      case "reduceMax": {
        const input = each(node.input);
        // The last axis falls away, and what is left of two is not yet an axis of inferences.
        if (node.output.shape.length !== 1) nodes.push({ ...node, input, output });
        else nodes.push(...reshaped({ ...node, input }, output));
        break;
      }
      case "combine":
        nodes.push({ ...node, output, inputs: node.inputs.map(each) });
        break;
      case "select": {
        const [condition, left, right] = [each(node.condition), each(node.left), each(node.right)];
        nodes.push({ ...node, output, condition, left, right });
        break;
      }
      case "matmul":
      case "multiply":
      case "divide":
      case "compare":
        nodes.push({ ...node, output, left: each(node.left), right: each(node.right) });
        break;
      case "linear":
      case "rescale":
      case "relu":
      case "lookup":
      case "sqrt":
        nodes.push({ ...node, output, input: each(node.input) });
        break;
      default:
        node satisfies never;
    }
  }
  const { carried } = graph;
  const output = { ...batched(graph.output), id: each(graph.output.id) };
  return {
    ...{ ...graph, nodes, input: batched(graph.input), output },
    ...(carried === undefined ? {} : { carried: carried.map(batched) }),
  };
}

/**
 * Returns the model that makes so many inferences at once, the input and output of each claimed by words of its own, as `model` says
 * of one; the model itself for one. What a circuit is emitted from, priced and given its inputs by (`batchOpening`).
 *
 * @param count 1 or more
 */
export function batchModel(model: ProvableModel, count: number): ProvableModel {
  if (count === 1) return model;
  return {
    ...model,
    graph: batchGraph(model.graph, count),
    inferences: count * inferencesOf(model),
  };
}

/** Copies end to end: more of the first axis, or a first axis where there is one at most. */
function times(shape: readonly number[], count: number): readonly number[] {
  const [first = 1, ...rest] = shape;
  return shape.length < 2 ? [count, ...shape] : [count * first, ...rest];
}

/** Element `i` of copy `c` of an input is `c` times its size further on; what is known has no copies. */
function viewOfAll(
  { inputs, indices }: View,
  count: number,
  known: ReadonlyMap<TensorId, Tensor>,
  sizeOf: (id: TensorId) => number,
): Int32Array {
  const places: { readonly start: number; readonly step: number }[] = [];
  let start = 0;
  for (const id of inputs) {
    const size = sizeOf(id);
    const isKnown = known.has(id);
    for (let i = 0; i < size; i++) places.push({ start: start + i, step: isKnown ? 0 : size });
    start += isKnown ? size : size * count;
  }
  const all = new Int32Array(count * indices.length);
  for (let copy = 0; copy < count; copy++)
    indices.forEach((index, i) => {
      const place = places[index];
      all[copy * indices.length + i] =
        place === undefined ? index : place.start + copy * place.step;
    });
  return all;
}

/** A reduction of two axes, whose output gets its axis of inferences by a view. */
function reshaped(
  node: Extract<IntegerNode, { readonly op: "reduceSum" | "reduceMax" }>,
  output: Tensor,
): readonly IntegerNode[] {
  const elements = elementsOf(output.shape);
  const flat: Tensor = { ...output, id: `${output.id}/flat`, shape: [elements] };
  const view: View = {
    ...{ op: "view", name: `${node.name}/reshaped`, inputs: [flat.id], output },
    indices: Int32Array.from({ length: elements }, (_, i) => i),
  };
  return [{ ...node, output: flat }, view];
}
