import type { IntegerGraph, IntegerNode, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import type { Range } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";
import { typeOf } from "../passes/quantizer.ts";

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

/** Where each element of a tensor comes from: element `at` of the root at `which`, or no input where that is -1. */
type Origin = {
  readonly roots: readonly Carried[];
  readonly which: Int32Array;
  readonly at: Int32Array;
};

/** @param ranges of `inferRanges` */
export function crossingsOf(graph: IntegerGraph, ranges: ReadonlyMap<TensorId, Range>): Crossings {
  const all: Carried[] = [];
  /** Of every tensor that an input has a part in. */
  const origins = new Map<TensorId, Origin>();
  const sizes = new Map<TensorId, number>();
  const define = ({ id, shape }: Tensor, from: number): void => {
    const elements = elementsOf(shape);
    const tensor = { id, shape, type: typeOf(lookUp(ranges, id, "integer")) };
    const it = { tensor, from, until: new Int32Array(elements).fill(from) };
    all.push(it);
    const at = Int32Array.from({ length: elements }, (_, i) => i);
    origins.set(id, { roots: [it], which: new Int32Array(elements), at });
  };

  for (const it of inputsOf(graph)) define(it, -1);
  for (const it of [...inputsOf(graph), ...graph.parameters, ...graph.constants])
    sizes.set(it.id, elementsOf(it.shape));
  const remade = graph.nodes.map((node, index) => {
    sizes.set(node.output.id, elementsOf(node.output.shape));
    const read = operandsOf(node).flatMap((id) => origins.get(id) ?? []);
    if (read.length === 0) return true;
    if (node.op === "view") {
      origins.set(node.output.id, shownBy(node, origins, sizes));
      return true;
    }
    for (const it of read) readAt(it, index);
    define(node.output, index);
    return false;
  });
  const output = origins.get(graph.output.id);
  if (output !== undefined) readAt(output, graph.nodes.length);

  const lives = all.map((it) => ({ ...it, ends: it.until.toSorted() }));
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

/** A node reads a tensor: all of its elements, wherever they come from. */
function readAt({ roots, which, at }: Origin, node: number): void {
  which.forEach((root, i) => {
    const until = roots[root]?.until;
    if (until !== undefined) until[at[i] ?? 0] = node;
  });
}

/** The origins of a view's inputs, laid end to end, at its indices. */
function shownBy(
  { inputs, indices }: IntegerNode & { op: "view" },
  origins: ReadonlyMap<TensorId, Origin>,
  sizes: ReadonlyMap<TensorId, number>,
): Origin {
  const total = inputs.reduce((sum, id) => sum + lookUp(sizes, id, "integer"), 0);
  const which = new Int32Array(total).fill(-1);
  const at = new Int32Array(total);
  const roots: Carried[] = [];
  let start = 0;
  for (const id of inputs) {
    const origin = origins.get(id);
    const places = origin?.roots.map((it) => placeOf(roots, it)) ?? [];
    origin?.which.forEach((root, i) => (which[start + i] = places[root] ?? -1));
    if (origin !== undefined) at.set(origin.at, start);
    start += lookUp(sizes, id, "integer");
  }
  return {
    roots,
    which: indices.map((it) => which[it] ?? -1),
    at: indices.map((it) => at[it] ?? 0),
  };
}

function placeOf(roots: Carried[], it: Carried): number {
  const place = roots.indexOf(it);
  return place === -1 ? roots.push(it) - 1 : place;
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
