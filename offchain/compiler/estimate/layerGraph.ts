import type { IntegerGraph, IntegerNode, TensorId } from "../ir/integerGraph.ts";
import { operandsOf } from "../ir/integerGraph.ts";

/** Layers by name, with `INPUT` and `OUTPUT`, and joints where many tensors meet many readers. */
export type LayerGraph = {
  readonly nodes: readonly LayerNode[];
  /** Ids, data flowing from the first to the second. */
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** Layers that are not shown: their edges go through. */
  readonly hidden: readonly string[];
};

export type LayerNode = {
  readonly id: string;
  readonly kind: "input" | "layer" | "joint" | "output";
};

export const INPUT = "input of the model";
export const OUTPUT = "output of the model";

/** A node that becomes more edges than this stays, as a joint. */
const MAX_EDGES_THROUGH = 8;

/**
 * The flow of data between layers. Views, which cost nothing, become edges; where several tensors meet in one that has
 * several readers they stay, as a joint.
 *
 * @param layers layer of each node, in step with `graph.nodes`
 * @param isHidden whether a layer is to become edges, too
 */
export function layerGraph(
  graph: IntegerGraph,
  layers: readonly string[],
  isHidden: (layer: string) => boolean = () => false,
): LayerGraph {
  const members = new Map<string, IntegerNode[]>();
  graph.nodes.forEach((node, at) => {
    const layer = layers[at] ?? node.name;
    const known = members.get(layer);
    if (known === undefined) members.set(layer, [node]);
    else known.push(node);
  });
  const { sources, readers } = flows(graph, layers);
  const joints = new Set<string>();
  const hidden: string[] = [];
  for (const [layer, nodes] of members) {
    const isView = nodes.every(({ op }) => op === "view");
    if (!isView && !isHidden(layer)) continue;
    if (!isView) hidden.push(layer);
    const before = [...(sources.get(layer) ?? [])];
    const after = [...(readers.get(layer) ?? [])];
    if (
      Math.min(before.length, after.length) > 1 &&
      before.length * after.length > MAX_EDGES_THROUGH
    ) {
      joints.add(layer);
      continue;
    }
    for (const it of before) readers.get(it)?.delete(layer);
    for (const it of after) sources.get(it)?.delete(layer);
    for (const from of before) {
      for (const to of after) if (from !== to) connect(sources, readers, from, to);
    }
    sources.delete(layer);
    readers.delete(layer);
  }

  const shown = [...members.keys()].filter((it) => sources.has(it) || readers.has(it));
  return {
    nodes: [
      { id: INPUT, kind: "input" },
      ...shown.map((id): LayerNode => ({ id, kind: joints.has(id) ? "joint" : "layer" })),
      { id: OUTPUT, kind: "output" },
    ],
    edges: [INPUT, ...shown].flatMap((from) =>
      [...(readers.get(from) ?? [])].map((to) => [from, to] as const),
    ),
    hidden,
  };
}

type Neighbours = Map<string, Set<string>>;

/** Which layers each layer reads, and is read by. */
function flows(
  graph: IntegerGraph,
  layers: readonly string[],
): { readonly sources: Neighbours; readonly readers: Neighbours } {
  const producers = new Map<TensorId, string>([[graph.input.id, INPUT]]);
  graph.nodes.forEach(({ name, output }, at) => producers.set(output.id, layers[at] ?? name));
  const sources: Neighbours = new Map();
  const readers: Neighbours = new Map();
  const read = (ids: readonly TensorId[], reader: string): void => {
    for (const id of ids) {
      const from = producers.get(id); // a parameter or constant has none
      if (from !== undefined && from !== reader) connect(sources, readers, from, reader);
    }
  };
  graph.nodes.forEach((node, at) => {
    read(operandsOf(node), layers[at] ?? node.name);
  });
  read([graph.output.id], OUTPUT);
  return { sources, readers };
}

function connect(sources: Neighbours, readers: Neighbours, from: string, to: string): void {
  sources.set(to, (sources.get(to) ?? new Set()).add(from));
  readers.set(from, (readers.get(from) ?? new Set()).add(to));
}
