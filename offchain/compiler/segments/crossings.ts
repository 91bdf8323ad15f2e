import type { IntegerGraph, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import type { Range } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";
import { typeOf } from "../passes/quantizer.ts";
import type { Sources } from "./viewSources.ts";
import { viewSources } from "./viewSources.ts";

/** A tensor that a cut crosses, of the narrowest type that holds its range, and how many of its elements do. */
export type Crossing = {
  readonly tensor: Tensor;
  readonly elements: number;
  /** Places of these elements. */
  readonly indices: () => Int32Array;
};

/** What the cuts of a graph carry from one side to the other. */
export type Crossings = {
  /** Activations made before the node at an index and read from there on; in the order of their making. */
  readonly at: (cut: number) => readonly Crossing[];
  /**
   * Whether the node at an index is run again behind a cut instead of being carried: a view, for which only the elements
   * that it shows are carried, and what depends on no input.
   */
  readonly isRemade: (node: number) => boolean;
};

/** A tensor that cuts carry; made by the node at `from`, each of its elements last read by the one at `until`. */
type Carried = { readonly tensor: Tensor; readonly from: number; readonly until: Int32Array };

/**
 * @param graph of views that look through no other (`composeViews`)
 * @param ranges of `inferRanges`
 */
export function crossingsOf(graph: IntegerGraph, ranges: ReadonlyMap<TensorId, Range>): Crossings {
  const sizes = new Map<TensorId, number>();
  const carried = new Map<TensorId, Carried>();
  const views = new Map<TensorId, Sources>();
  const measure = ({ id, shape }: Tensor): void => {
    sizes.set(id, elementsOf(shape));
  };
  const define = ({ id, shape }: Tensor, from: number): void => {
    const type = typeOf(lookUp(ranges, id, "integer"));
    const until = new Int32Array(elementsOf(shape)).fill(from);
    carried.set(id, { tensor: { id, shape, type }, from, until });
  };
  const read = (id: TensorId, node: number): void => {
    carried.get(id)?.until.fill(node);
    const view = views.get(id);
    view?.which.forEach((source, i) => {
      const until = carried.get(view.ids[source] ?? "")?.until;
      if (until !== undefined) until[view.at[i] ?? 0] = node;
    });
  };

  [...inputsOf(graph), ...graph.parameters, ...graph.constants].forEach(measure);
  for (const it of inputsOf(graph)) define(it, -1);
  const remade = graph.nodes.map((node, index) => {
    measure(node.output);
    if (!operandsOf(node).some((id) => carried.has(id) || views.has(id))) return true;
    if (node.op === "view") {
      views.set(
        node.output.id,
        viewSources(node, (id) => lookUp(sizes, id, "integer")),
      );
      return true;
    }
    for (const id of operandsOf(node)) read(id, index);
    define(node.output, index);
    return false;
  });
  read(graph.output.id, graph.nodes.length);

  const lives = [...carried.values()].map((it) => ({ ...it, ends: it.until.toSorted() }));
  return {
    at: (cut) =>
      lives.flatMap(({ tensor, from, until, ends }) => {
        const elements = from < cut ? ends.length - firstAtLeast(ends, cut) : 0;
        if (elements === 0) return [];
        return [{ tensor, elements, indices: () => placesAtLeast(until, cut) }];
      }),
    isRemade: (node) => remade[node] === true,
  };
}

/** Place of the first number that is not below a limit, in ascending numbers. */
function firstAtLeast(ascending: Int32Array, limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placesAtLeast(values: Int32Array, limit: number): Int32Array {
  return Int32Array.from([...values.keys()].filter((i) => (values[i] ?? 0) >= limit));
}
