import type { IntegerGraph, TensorId } from "../ir/integerGraph.ts";
import { operandsOf } from "../ir/integerGraph.ts";

/**
 * Layer of each node, in step with `graph.nodes`: the node of the file that it comes from, or for one that the quantizer
 * added, such as a rescale, the layer whose result it works on.
 *
 * @param isLayer whether a node of the file has this name
 */
export function layersOf(
  graph: IntegerGraph,
  isLayer: (name: string) => boolean,
): readonly string[] {
  const layers = new Map<TensorId, string>();
  return graph.nodes.map((node) => {
    const source = operandsOf(node).find((id) => layers.has(id));
    const inherited = source === undefined ? undefined : layers.get(source);
    const layer = isLayer(node.name) ? node.name : (inherited ?? node.name);
    layers.set(node.output.id, layer);
    return layer;
  });
}
