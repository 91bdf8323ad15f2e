import type { FloatGraph } from "../ir/floatGraph.ts";
import { operandsOf } from "../ir/floatGraph.ts";

/** Removes nodes, constants and tensors on which the output does not depend. */
export function removeDeadCode(graph: FloatGraph): FloatGraph {
  const live = new Set([graph.output, graph.input]);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!live.has(node.output)) return false;
    for (const id of operandsOf(node)) live.add(id);
    return true;
  });
  const constants = new Map([...graph.constants].filter(([id]) => live.has(id)));
  const tensors = new Map([...graph.tensors].filter(([id]) => live.has(id)));
  return { ...graph, constants, tensors, nodes: nodes.reverse() };
}
