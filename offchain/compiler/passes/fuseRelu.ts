import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { readersOf } from "../ir/floatGraph.ts";

/**
 * Takes each ReLU into the node that computes its only operand, past reshapes; a second ReLU in a row becomes a reshape
 * to the same shape. What is left reads the input or a tensor that others read, too.
 */
export function fuseRelu(graph: FloatGraph): FloatGraph {
  const readers = readersOf(graph);
  const nodes: FloatNode[] = [];
  const places = new Map<FloatId, number>();
  const place = (node: FloatNode): void => {
    places.set(node.output, nodes.length);
    nodes.push(node);
  };

  for (const node of graph.nodes) {
    if (node.op !== "relu") {
      place(node);
      continue;
    }
    // Walk back over reshapes that nobody else reads.
    let id = node.input;
    let at = places.get(id);
    while (at !== undefined && readers.get(id) === 1) {
      const before: FloatNode | undefined = nodes[at];
      if (before?.op !== "reshape") break;
      id = before.input;
      at = places.get(id);
    }
    const source = at === undefined ? undefined : nodes[at];
    const clamps = source?.op === "linear" || source?.op === "sum";
    const isOwn = readers.get(id) === 1;
    if (at !== undefined && clamps && (isOwn || source.relu)) {
      nodes[at] = { ...source, relu: true };
      place({ ...node, op: "reshape", target: { kind: "same" } });
    } else {
      place(node);
    }
  }
  return { ...graph, nodes };
}
