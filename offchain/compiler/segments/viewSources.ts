import type { IntegerNode, TensorId } from "../ir/integerGraph.ts";

export type View = IntegerNode & { readonly op: "view" };

/** Where the elements of a view come from: element `at` of the tensor `ids[which]`; a zero where `which` is -1. */
export type Sources = {
  readonly ids: readonly TensorId[];
  readonly which: Int32Array;
  readonly at: Int32Array;
};

/**
 * Returns the sources of a view's elements, of tensors that it shows only.
 *
 * @param made sources of other views, through which this one looks
 */
export function viewSources(
  { inputs, indices }: View,
  sizeOf: (id: TensorId) => number,
  made: ReadonlyMap<TensorId, Sources> = new Map(),
): Sources {
  const total = inputs.reduce((sum, id) => sum + sizeOf(id), 0);
  const laid = {
    ids: new Map<TensorId, number>(),
    which: new Int32Array(total),
    at: new Int32Array(total),
  };
  let start = 0;
  for (const id of inputs) {
    const size = sizeOf(id);
    const inner = made.get(id);
    const places = (inner?.ids ?? [id]).map((it) => placeOf(laid.ids, it));
    for (let i = 0; i < size; i++) {
      laid.which[start + i] =
        inner === undefined ? (places[0] ?? -1) : (places[inner.which[i] ?? -1] ?? -1);
      laid.at[start + i] = inner?.at[i] ?? i;
    }
    start += size;
  }

  const shown = new Map<number, number>();
  const all = [...laid.ids.keys()];
  const which = indices.map((it) => {
    const root = laid.which[it] ?? -1;
    return root === -1 ? -1 : placeOf(shown, root);
  });
  const at = indices.map((it) => laid.at[it] ?? 0);
  return { ids: [...shown.keys()].flatMap((it) => all[it] ?? []), which, at };
}

/** Place of an item in the order in which items were first seen. */
function placeOf<Item>(places: Map<Item, number>, item: Item): number {
  const known = places.get(item);
  if (known !== undefined) return known;
  places.set(item, places.size);
  return places.size - 1;
}
