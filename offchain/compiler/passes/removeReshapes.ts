import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { renameOperands } from "../ir/floatGraph.ts";

/** Removes reshapes that change nothing; readers of their output read their input. */
export function removeReshapes(graph: FloatGraph): FloatGraph {
  const origins = new Map<FloatId, FloatId>();
  const origin = (id: FloatId): FloatId => origins.get(id) ?? id;
  const nodes: FloatNode[] = [];
  for (const node of graph.nodes) {
    if (node.op === "reshape" && isSame(graph, node.input, node.output)) {
      origins.set(node.output, origin(node.input));
    } else {
      nodes.push(renameOperands(node, origin));
    }
  }
  return { ...graph, output: origin(graph.output), nodes };
}

function isSame({ shapes }: FloatGraph, a: FloatId, b: FloatId): boolean {
  return shapes.get(a)?.join() === shapes.get(b)?.join();
}
