import type { IntegerGraph, IntegerNode, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { elementsOf } from "../ir/shape.ts";

type Linear = IntegerNode & { readonly op: "linear" };
type View = IntegerNode & { readonly op: "view" };

/** Rows of a layer that the same views read. */
type Part = { readonly rows: readonly number[]; readonly output: Tensor };
/** A layer taken apart; `undefined` for a row that nothing reads. */
type Split = { readonly layer: Linear; readonly partOfRow: readonly (Part | undefined)[] };

/**
 * Takes apart layers whose rows are read at different times, each by views of its own: of a recurrent network, the one that
 * projects the inputs of all steps. What passes a cut then are inputs of later steps, not their projections.
 */
export function splitRows(graph: IntegerGraph): IntegerGraph {
  const tensors = new Map<TensorId, Tensor>();
  for (const it of [...inputsOf(graph), ...graph.parameters, ...graph.constants])
    tensors.set(it.id, it);
  for (const { output } of graph.nodes) tensors.set(output.id, output);
  const tensorOf = (id: TensorId): Tensor => lookUp(tensors, id, "integer");
  const splits = splitsOf(graph, tensorOf);
  if (splits.size === 0) return graph;

  const made = new Set<Part>();
  const nodes = graph.nodes.flatMap((node): readonly IntegerNode[] => {
    if (splits.has(node.output.id)) return [];
    if (node.op !== "view" || !node.inputs.some((id) => splits.has(id))) return [node];
    const { view, parts } = readParts(node, splits, tensorOf);
    const fresh = parts.filter(([part]) => !made.has(part));
    for (const [part] of fresh) made.add(part);
    return [...fresh.flatMap(([part, layer]) => partNodes(part, layer, tensorOf)), view];
  });
  return { ...graph, nodes };
}

function splitsOf(
  graph: IntegerGraph,
  tensorOf: (id: TensorId) => Tensor,
): ReadonlyMap<TensorId, Split> {
  const readers = new Map<TensorId, IntegerNode[]>();
  for (const node of graph.nodes) {
    for (const id of new Set(operandsOf(node))) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  const splits = new Map<TensorId, Split>();
  for (const layer of graph.nodes) {
    if (layer.op !== "linear" || layer.output.id === graph.output.id) continue;
    const views = (readers.get(layer.output.id) ?? []).filter((it) => it.op === "view");
    if (views.length !== readers.get(layer.output.id)?.length) continue;
    const partOfRow = partsOf(layer, views, tensorOf);
    if (new Set(partOfRow).size > 1) splits.set(layer.output.id, { layer, partOfRow });
  }
  return splits;
}

/** Rows are told apart by the views that read them. */
function partsOf(
  { output }: Linear,
  views: readonly View[],
  tensorOf: (id: TensorId) => Tensor,
): readonly (Part | undefined)[] {
  const { shape, id } = output;
  const outputs = shape.at(-1) ?? 1;
  const rows = elementsOf(shape) / outputs;
  const signatures: string[] = Array.from({ length: rows }, () => "");
  views.forEach((view, index) => {
    const read = new Set<number>();
    for (const place of placesOf(view, tensorOf)) {
      if (place?.id === id) read.add(Math.floor(place.at / outputs));
    }
    for (const row of read) signatures[row] = `${signatures[row] ?? ""}${index},`;
  });
  const groups = new Map<string, number[]>();
  signatures.forEach((it, row) => groups.set(it, [...(groups.get(it) ?? []), row]));
  groups.delete("");
  const partOfRow: (Part | undefined)[] = signatures.map(() => undefined);
  for (const group of groups.values()) {
    const part = {
      rows: group,
      output: { ...output, id: `${id} (row ${group[0] ?? 0})`, shape: [group.length, outputs] },
    };
    for (const row of group) partOfRow[row] = part;
  }
  return partOfRow;
}

/** For each element that a view shows, whose it is and which; `undefined` for a zero. */
function placesOf(
  { inputs, indices }: View,
  tensorOf: (id: TensorId) => Tensor,
): readonly ({ readonly id: TensorId; readonly at: number } | undefined)[] {
  const laid = inputs.flatMap((id) =>
    Array.from({ length: elementsOf(tensorOf(id).shape) }, (_, at) => ({ id, at })),
  );
  return Array.from(indices, (index) => laid[index]);
}

/** The view, of parts instead of layers, and the parts with their layers. */
function readParts(
  view: View,
  splits: ReadonlyMap<TensorId, Split>,
  tensorOf: (id: TensorId) => Tensor,
): { readonly view: View; readonly parts: readonly (readonly [Part, Linear])[] } {
  const starts = new Map<TensorId, number>();
  const parts = new Map<Part, Linear>();
  let total = 0;
  const startOf = ({ id, shape }: Tensor): number => {
    const known = starts.get(id);
    if (known !== undefined) return known;
    starts.set(id, total);
    total += elementsOf(shape);
    return total - elementsOf(shape);
  };
  const indices = placesOf(view, tensorOf).map((place) => {
    if (place === undefined) return -1;
    const split = splits.get(place.id);
    if (split === undefined) return startOf(tensorOf(place.id)) + place.at;
    const outputs = split.layer.output.shape.at(-1) ?? 1;
    const row = Math.floor(place.at / outputs);
    const part = split.partOfRow[row];
    if (part === undefined) return -1; // not so: this view reads the row
    parts.set(part, split.layer);
    return startOf(part.output) + part.rows.indexOf(row) * outputs + (place.at % outputs);
  });
  const inputs = [...starts.keys()];
  return { view: { ...view, inputs, indices: Int32Array.from(indices) }, parts: [...parts] };
}

/** The rows of the layer's input, and the layer on them. */
function partNodes(
  { rows, output }: Part,
  layer: Linear,
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
