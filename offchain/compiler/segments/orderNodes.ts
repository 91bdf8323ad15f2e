import type { IntegerGraph, IntegerNode, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";

/**
 * Moves nodes that make a tensor narrower to where the tensor is made, so that no cut carries what only they read: a
 * rescale that the quantizer placed before its consumer, say. Where a tensor has other uses, too, or its narrower forms
 * together are no narrower, they stay.
 */
export function orderNodes(graph: IntegerGraph): IntegerGraph {
  const inputs = inputsOf(graph);
  const activations = new Map(inputs.map((it) => [it.id, it]));
  const consumers = new Map<TensorId, IntegerNode[]>();
  const sources = new Map<IntegerNode, readonly Tensor[]>();
  for (const node of graph.nodes) {
    const read = [...new Set(operandsOf(node))].flatMap((id) => activations.get(id) ?? []);
    sources.set(node, read);
    for (const { id } of read) consumers.set(id, [...(consumers.get(id) ?? []), node]);
    if (read.length > 0) activations.set(node.output.id, node.output);
  }
  const followers = (tensor: Tensor): readonly IntegerNode[] => {
    const readers = consumers.get(tensor.id) ?? [];
    const bits = readers.reduce((sum, it) => sum + bitsOf(it.output), 0);
    const alone = readers.every((it) => sources.get(it)?.length === 1);
    return alone && bits < bitsOf(tensor) && tensor.id !== graph.output.id ? readers : [];
  };

  const moved = new Set<IntegerNode>();
  const nodes: IntegerNode[] = [];
  // What a follower reads beside the tensor depends on no activation, so it may have to come along.
  const makers = new Map(graph.nodes.map((it) => [it.output.id, it]));
  const place = (node: IntegerNode): void => {
    if (moved.has(node)) return;
    moved.add(node);
    for (const id of operandsOf(node)) {
      const maker = makers.get(id);
      if (maker !== undefined) place(maker);
    }
    nodes.push(node);
    if (activations.has(node.output.id)) followers(node.output).forEach(place);
  };
  inputs.flatMap(followers).forEach(place);
  graph.nodes.forEach(place);
  return { ...graph, nodes };
}

function bitsOf({ shape, type }: Tensor): number {
  return elementsOf(shape) * type.bits;
}
