import type { IntegerGraph, IntegerNode, TensorId } from "../../ir/integerGraph.ts";
import { operandsOf } from "../../ir/integerGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import type { NodeFacts } from "../nodeTemplate.ts";

/** Elements of a parameter. */
export type ParameterElements = { readonly id: TensorId; readonly indices: readonly number[] };

/**
 * Parameters, or elements of them, that no constraint would hold: of no node, shown by no view, or multiplied by what is 0
 * always, as the weights of inputs that are padding in every row.
 */
export function unreadParameters(
  graph: IntegerGraph,
  facts: NodeFacts,
): readonly ParameterElements[] {
  const read = readElements(graph, facts);
  const unread = graph.parameters.map(({ id, values }) => ({
    id,
    indices: values.flatMap((_, i) => (read.get(id)?.[i] === 1 ? [] : [i])),
  }));
  const parameters = new Set(graph.parameters.map((it) => it.id));
  const idle = graph.nodes
    .flatMap((node) => idleElements(node, facts))
    .filter((it) => parameters.has(it.id));
  return [...unread, ...idle].filter((it) => it.indices.length > 0);
}

/** Which elements of each tensor an operation, or the output, reads itself or through views: 1 for those. */
function readElements(
  { nodes, output }: IntegerGraph,
  { tensorOf }: NodeFacts,
): ReadonlyMap<TensorId, Uint8Array> {
  const read = new Map<TensorId, Uint8Array>();
  const sizeOf = (id: TensorId): number => elementsOf(tensorOf(id).shape);
  const marksOf = (id: TensorId): Uint8Array => {
    const marks = read.get(id) ?? new Uint8Array(sizeOf(id));
    read.set(id, marks);
    return marks;
  };
  marksOf(output.id).fill(1);
  // Whoever reads a view comes after it.
  for (const node of nodes.toReversed()) {
    if (node.op !== "view") {
      for (const id of operandsOf(node)) marksOf(id).fill(1);
      continue;
    }
    const shown = marksOf(node.output.id);
    let start = 0;
    for (const id of node.inputs) {
      const marks = marksOf(id);
      node.indices.forEach((index, place) => {
        const at = index - start;
        if (shown[place] === 1 && 0 <= at && at < marks.length) marks[at] = 1;
      });
      start += marks.length;
    }
  }
  return read;
}

/** What a layer or a combination multiplies by zeros alone. */
function idleElements(
  node: IntegerNode,
  { known, tensorOf }: NodeFacts,
): readonly ParameterElements[] {
  if (node.op === "combine") {
    return node.multipliers.flatMap((id, k) => {
      const isIdle = known(node.inputs[k] ?? "")?.every((it) => it === 0n) === true;
      return isIdle ? [{ id, indices: [0] }] : [];
    });
  }
  if (node.op !== "linear") return [];
  const values = known(node.input);
  if (values === undefined) return [];
  const { shape } = tensorOf(node.weights);
  const [, inputs = 1] = shape;
  const columns = new Set(Array.from({ length: inputs }, (_, i) => i));
  values.forEach((it, i) => {
    if (it !== 0n) columns.delete(i % inputs);
  });
  const indices = Array.from({ length: elementsOf(shape) }, (_, i) => i);
  return [{ id: node.weights, indices: indices.filter((i) => columns.has(i % inputs)) }];
}
