import type { IntegerGraph, IntegerNode, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { elementsOf } from "../ir/shape.ts";
import { viewOf } from "./composeViews.ts";
import type { Sources, View } from "./viewSources.ts";
import { viewSources } from "./viewSources.ts";

type Linear = IntegerNode & { readonly op: "linear" };

/** Rows of a layer that the same views read. */
type Part = { readonly layer: Linear; readonly rows: readonly number[]; readonly output: Tensor };
/** By row of a layer; `undefined` for one that nothing reads. */
type Split = readonly (Part | undefined)[];

/**
 * Takes apart layers whose rows are read at different times, each by views of its own: of a recurrent network, the one that
 * projects the inputs of all steps. What passes a cut then are inputs of later steps, not their projections.
 *
 * @param graph of views that look through no other (`composeViews`)
 */
export function splitRows(graph: IntegerGraph): IntegerGraph {
  const tensors = new Map<TensorId, Tensor>();
  const define = (it: Tensor): void => {
    tensors.set(it.id, it);
  };
  [...inputsOf(graph), ...graph.parameters, ...graph.constants].forEach(define);
  graph.nodes.map((it) => it.output).forEach(define);
  const tensorOf = (id: TensorId): Tensor => lookUp(tensors, id, "integer");
  const sizeOf = (id: TensorId): number => elementsOf(tensorOf(id).shape);
  const splits = splitsOf(graph, sizeOf);
  if (splits.size === 0) return graph;
  for (const part of [...splits.values()].flat()) if (part !== undefined) define(part.output);

  const made = new Set<Part>();
  const nodes = graph.nodes.flatMap((node): readonly IntegerNode[] => {
    if (splits.has(node.output.id)) return [];
    if (node.op !== "view" || !node.inputs.some((id) => splits.has(id))) return [node];
    const { sources, parts } = ofParts(viewSources(node, sizeOf), splits);
    const fresh = parts.filter((it) => !made.has(it));
    for (const it of fresh) made.add(it);
    return [...fresh.flatMap((it) => partNodes(it, tensorOf)), viewOf(node, sources, sizeOf)];
  });
  return { ...graph, nodes };
}

function splitsOf(
  graph: IntegerGraph,
  sizeOf: (id: TensorId) => number,
): ReadonlyMap<TensorId, Split> {
  const readers = new Map<TensorId, IntegerNode[]>([[graph.output.id, []]]);
  for (const node of graph.nodes) {
    for (const id of new Set(operandsOf(node))) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  const splits = new Map<TensorId, Split>();
  for (const layer of graph.nodes) {
    if (layer.op !== "linear" || layer.output.id === graph.output.id) continue;
    const all = readers.get(layer.output.id) ?? [];
    const views = all.filter((it) => it.op === "view");
    if (views.length !== all.length) continue;
    const split = splitOf(layer, views, sizeOf);
    if (new Set(split).size > 1) splits.set(layer.output.id, split);
  }
  return splits;
}

/** Rows are told apart by the views that read them. */
function splitOf(layer: Linear, views: readonly View[], sizeOf: (id: TensorId) => number): Split {
  const { shape, id } = layer.output;
  const outputs = shape.at(-1) ?? 1;
  const readBy: string[] = Array.from({ length: elementsOf(shape) / outputs }, () => "");
  views.forEach((view, index) => {
    const { ids, which, at } = viewSources(view, sizeOf);
    const own = ids.indexOf(id);
    const rows = new Set(
      at.filter((_, i) => which[i] === own).map((it) => Math.floor(it / outputs)),
    );
    for (const row of rows) readBy[row] = `${readBy[row] ?? ""}${index},`;
  });
  const groups = new Map<string, number[]>();
  readBy.forEach((it, row) => groups.set(it, [...(groups.get(it) ?? []), row]));
  const parts = new Map<string, Part>();
  for (const [views, rows] of groups) {
    const name = `${id} (row ${rows[0] ?? 0})`;
    const output = { ...layer.output, id: name, shape: [rows.length, outputs] };
    if (views !== "") parts.set(views, { layer, rows, output });
  }
  return readBy.map((it) => parts.get(it));
}

/** Sources with parts in the place of layers, and which parts these are. */
function ofParts(
  { ids, which, at }: Sources,
  splits: ReadonlyMap<TensorId, Split>,
): { readonly sources: Sources; readonly parts: readonly Part[] } {
  const places = new Map<TensorId, number>();
  const parts = new Set<Part>();
  const placeOf = (id: TensorId): number => {
    const place = places.get(id) ?? places.size;
    places.set(id, place);
    return place;
  };
  const moved = Array.from(which, (source, i): readonly [number, number] => {
    const id = ids[source];
    const place = at[i] ?? 0;
    if (id === undefined) return [-1, 0];
    const split = splits.get(id);
    if (split === undefined) return [placeOf(id), place];
    const outputs = split.find((it) => it !== undefined)?.output.shape[1] ?? 1;
    const row = Math.floor(place / outputs);
    const part = split[row];
    if (part === undefined) return [-1, 0]; // not so: this view reads the row
    parts.add(part);
    return [placeOf(part.output.id), part.rows.indexOf(row) * outputs + (place % outputs)];
  });
  const sources = {
    which: Int32Array.from(moved, ([it]) => it),
    at: Int32Array.from(moved, ([, it]) => it),
    ids: [...places.keys()],
  };
  return { sources, parts: [...parts] };
}

/** The rows of the layer's input, and the layer on them. */
function partNodes(
  { layer, rows, output }: Part,
  tensorOf: (id: TensorId) => Tensor,
): readonly IntegerNode[] {
  const { shape, type } = tensorOf(layer.input);
  const inputs = shape.at(-1) ?? 1;
  const input = { id: `${output.id} of ${layer.input}`, shape: [rows.length, inputs], type };
  const indices = rows.flatMap((row) => Array.from({ length: inputs }, (_, i) => row * inputs + i));
  return [
    {
      ...{ op: "view", name: layer.name, inputs: [layer.input] },
      ...{ indices: Int32Array.from(indices), output: input },
    },
    { ...layer, input: input.id, output },
  ];
}
