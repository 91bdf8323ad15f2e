import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { elementsOf } from "../ir/shape.ts";
import type { Sources, View } from "./viewSources.ts";
import { viewSources } from "./viewSources.ts";

/**
 * Makes every view one of what no view has made, and of nothing that it does not show: only that has to be there where
 * the view is made again. One that shows zeros alone becomes a constant.
 */
export function composeViews(graph: IntegerGraph): IntegerGraph {
  const sizes = new Map<TensorId, number>();
  const measure = ({ id, shape }: Tensor): void => {
    sizes.set(id, elementsOf(shape));
  };
  [...inputsOf(graph), ...graph.parameters, ...graph.constants].forEach(measure);
  const sizeOf = (id: TensorId): number => lookUp(sizes, id, "integer");
  const made = new Map<TensorId, Sources>();
  const zeros: Parameter[] = [];
  const nodes = graph.nodes.flatMap((node): readonly IntegerNode[] => {
    measure(node.output);
    if (node.op !== "view") return [node];
    const sources = viewSources(node, sizeOf, made);
    made.set(node.output.id, sources);
    if (sources.ids.length > 0) return [viewOf(node, sources, sizeOf)];
    zeros.push({ ...node.output, values: Array.from(node.indices, () => 0n) });
    return [];
  });
  return { ...graph, constants: [...graph.constants, ...zeros], nodes };
}

/** The view again, with its elements taken from their sources. */
export function viewOf(
  view: View,
  { ids, which, at }: Sources,
  sizeOf: (id: TensorId) => number,
): View {
  let total = 0;
  const starts = ids.map((id) => {
    total += sizeOf(id);
    return total - sizeOf(id);
  });
  const indices = which.map((source, i) =>
    source === -1 ? -1 : (starts[source] ?? 0) + (at[i] ?? 0),
  );
  return { ...view, inputs: ids, indices };
}
