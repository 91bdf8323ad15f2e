import type { IntegerGraph } from "../ir/integerGraph.ts";
import { operandsOf } from "../ir/integerGraph.ts";

/** Removes nodes, parameters and constants on which the output does not depend. */
export function removeDeadIntegers(graph: IntegerGraph): IntegerGraph {
  const live = new Set([graph.output.id]);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!live.has(node.output.id)) return false;
    for (const id of operandsOf(node)) live.add(id);
    return true;
  });
  return {
    ...graph,
    parameters: graph.parameters.filter(({ id }) => live.has(id)),
    constants: graph.constants.filter(({ id }) => live.has(id)),
    nodes: nodes.reverse(),
  };
}
