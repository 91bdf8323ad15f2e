import type { IntegerGraph, TensorId } from "../../ir/integerGraph.ts";
import { operandsOf } from "../../ir/integerGraph.ts";
import type { NodeFacts } from "../nodeTemplate.ts";

/** Elements of a parameter. */
export type ParameterElements = { readonly id: TensorId; readonly indices: readonly number[] };

/** Parameters that no constraint would hold: of no node, or the weights of inputs that are 0 in every row. */
export function unreadParameters(
  graph: IntegerGraph,
  { known, tensorOf }: NodeFacts,
): readonly ParameterElements[] {
  const read = new Set(graph.nodes.flatMap(operandsOf));
  const unread = graph.parameters
    .filter(({ id }) => !read.has(id))
    .map(({ id, values }) => ({ id, indices: values.map((_, i) => i) }));
  const parameters = new Set(graph.parameters.map((it) => it.id));
  const idle = graph.nodes.flatMap((node) => {
    if (node.op !== "linear" || !parameters.has(node.weights)) return [];
    const values = known(node.input);
    if (values === undefined) return [];
    const [, inputs = 1] = tensorOf(node.weights).shape;
    const columns = new Set(Array.from({ length: inputs }, (_, i) => i));
    values.forEach((it, i) => {
      if (it !== 0n) columns.delete(i % inputs);
    });
    const count = tensorOf(node.weights).shape.reduce((product, it) => product * it, 1);
    const indices = Array.from({ length: count }, (_, i) => i);
    return [{ id: node.weights, indices: indices.filter((i) => columns.has(i % inputs)) }];
  });
  return [...unread, ...idle].filter((it) => it.indices.length > 0);
}
