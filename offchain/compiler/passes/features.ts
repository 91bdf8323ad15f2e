import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";

type Linear = FloatNode & { op: "linear" };

/**
 * Where the elements of a tensor come from, past views, additions of and multiplications by constants: each is
 * `factor · (x + offset)` of an element x of a tensor that a node computes. `which` is -1 for a zero.
 */
type Trace = {
  readonly roots: readonly FloatId[];
  readonly which: Int32Array;
  readonly places: Int32Array;
  readonly factors: Float64Array;
  readonly addends: Float64Array;
};

/** Elements of one tensor that must share a scale, as some column of a layer meets all of them: a feature, or a channel. */
export type Feature = {
  /** Of its calibrated range: the largest `|x + offset|`. */
  readonly key: string;
  readonly root: FloatId;
  readonly places: readonly number[];
};

/** A layer as a reader of features. */
export type FeatureLayer = {
  readonly node: Linear;
  readonly roots: readonly FloatId[];
  /** Root, place there and feature of each element of the input; -1 for a zero. */
  readonly which: Int32Array;
  readonly places: Int32Array;
  /** Feature of each column, -1 where it meets zeros alone, and the factor that belongs to its weights. */
  readonly columns: Int32Array;
  readonly factors: Float64Array;
};

/** Layers that share tensors, so that they agree on the scales of those. */
export type FeatureGroup = {
  readonly layers: readonly FeatureLayer[];
  readonly roots: readonly FloatId[];
};

export type Features = {
  readonly all: readonly Feature[];
  readonly groups: readonly FeatureGroup[];
  /** What constants add to each element of a tensor, before it is multiplied. */
  readonly offsets: ReadonlyMap<FloatId, Float64Array>;
};

/** Of graphs that are alive: calibration and each quantization ask for the same. */
const KNOWN = new WeakMap<FloatGraph, Features>();

/** Finds what the layers of a graph read, feature by feature. It follows from the graph alone. */
export function featuresOf(graph: FloatGraph): Features {
  const features = KNOWN.get(graph) ?? findFeatures(graph);
  KNOWN.set(graph, features);
  return features;
}

function findFeatures(graph: FloatGraph): Features {
  const { tensors, constants } = graph;
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));
  const sizeOf = (id: FloatId): number => elementsOf(tensors.get(id)?.shape ?? []);
  const starts = new Map<FloatId, number>();
  let total = 0;
  const startOf = (id: FloatId, size: number): number => {
    const known = starts.get(id) ?? total;
    if (!starts.has(id)) {
      starts.set(id, total);
      total += size;
    }
    return known;
  };

  const offsets = new Map<FloatId, Float64Array>();
  const isSet = new Map<FloatId, Uint8Array>();
  const factorsOf = new Map<FloatId, Float64Array>();
  const candidates: { node: Linear; trace: Pick<Trace, "roots" | "which" | "places"> }[] = [];
  for (const node of graph.nodes) {
    // What is scaled by what calibration yields is committed.
    if (node.op !== "linear" || constants.get(node.weights)?.role !== "weight") continue;
    const traced = traceOf(node.input, true);
    const trace = traced && accept(node, traced) ? traced : traceOf(node.input, false);
    if (trace === undefined || (trace !== traced && !accept(node, trace))) continue;
    for (const id of trace.roots) startOf(id, sizeOf(id));
    startOf(`column ${node.weights}`, columnsOf(node));
    const { roots, which, places } = trace;
    candidates.push({ node, trace: { roots, which, places } });
  }
  return classified();

  function columnsOf({ weights }: Linear): number {
    return tensors.get(weights)?.shape[1] ?? 1;
  }

  /** Whether each column has one factor and each element one offset, which are noted. */
  function accept(node: Linear, { roots, which, places, factors, addends }: Trace): boolean {
    const count = columnsOf(node);
    const known = factorsOf.get(node.weights);
    const own = known?.slice() ?? new Float64Array(count).fill(Number.NaN);
    const added = new Map<FloatId, { values: Float64Array; isSet: Uint8Array }>();
    for (let i = 0; i < which.length; i++) {
      const root = roots[which[i] ?? -1];
      if (root === undefined) continue;
      const [factor = 1, place = 0, column] = [factors[i], places[i], i % count];
      if (!Number.isNaN(own[column]) && own[column] !== factor) return false;
      own[column] = factor;
      const addend = addends[i] ?? 0;
      const offset = addend === 0 ? 0 : addend / factor;
      if (!Number.isFinite(offset)) return false;
      const to = added.get(root) ?? {
        values: offsets.get(root)?.slice() ?? new Float64Array(sizeOf(root)),
        isSet: isSet.get(root)?.slice() ?? new Uint8Array(sizeOf(root)),
      };
      added.set(root, to);
      if (to.isSet[place] === 1 && to.values[place] !== offset) return false;
      to.isSet[place] = 1;
      to.values[place] = offset;
    }
    factorsOf.set(node.weights, own);
    for (const [root, to] of added) {
      offsets.set(root, to.values);
      isSet.set(root, to.isSet);
    }
    return true;
  }

  function traceOf(id: FloatId, isThrough: boolean): Trace | undefined {
    if (constantAt(id) !== undefined) return undefined;
    const node = producers.get(id);
    if (node?.op === "view") return viewTrace(node, isThrough);
    if (isThrough && (node?.op === "multiply" || node?.op === "sum")) {
      const inner = affineTrace(node);
      if (inner !== undefined) return inner;
    }
    const size = sizeOf(id);
    return {
      roots: [id],
      which: new Int32Array(size),
      places: Int32Array.from({ length: size }, (_, i) => i),
      factors: new Float64Array(size).fill(1),
      addends: new Float64Array(size),
    };
  }

  function viewTrace(
    { inputs, indices }: FloatNode & { op: "view" },
    isThrough: boolean,
  ): Trace | undefined {
    const parts = inputs.map((it) => traceOf(it, isThrough));
    const roots: FloatId[] = [];
    const ends: number[] = [];
    const renamed: (readonly number[])[] = [];
    for (const [k, part] of parts.entries()) {
      if (part === undefined) return undefined;
      ends.push((ends.at(-1) ?? 0) + sizeOf(inputs[k] ?? ""));
      renamed.push(
        part.roots.map((root) => {
          if (!roots.includes(root)) roots.push(root);
          return roots.indexOf(root);
        }),
      );
    }
    const which = new Int32Array(indices.length).fill(-1);
    const places = new Int32Array(indices.length);
    const factors = new Float64Array(indices.length).fill(1);
    const addends = new Float64Array(indices.length);
    indices.forEach((index, i) => {
      if (index === -1) return;
      const k = ends.findIndex((end) => index < end);
      const part = parts[k];
      const at = index - (ends[k - 1] ?? 0);
      which[i] = renamed[k]?.[part?.which[at] ?? -1] ?? -1;
      places[i] = part?.places[at] ?? 0;
      factors[i] = part?.factors[at] ?? 1;
      addends[i] = part?.addends[at] ?? 0;
    });
    return { roots, which, places, factors, addends };
  }

  function affineTrace(node: FloatNode & { op: "multiply" | "sum" }): Trace | undefined {
    const terms =
      node.op === "sum" ? node.terms : [node.left, node.right].map((id) => ({ id, factor: 1 }));
    const computed = terms.filter(({ id }) => constantAt(id) === undefined);
    const [own] = computed;
    if (own === undefined || computed.length > 1) return undefined;
    const inner = traceOf(own.id, true);
    // What is added to a zero of a view has no element to belong to.
    if (inner === undefined || inner.roots.some(isNarrowed) || inner.which.includes(-1)) {
      return undefined;
    }
    const values = terms.flatMap(({ id, factor }) => {
      const constant = constantAt(id);
      return constant === undefined ? [] : [{ constant, factor }];
    });
    const sumAt = (i: number): number =>
      values.reduce((sum, { constant, factor }) => sum + factor * (constant[i] ?? 0), 0);
    const factorAt = (i: number): number => (node.op === "sum" ? own.factor : sumAt(i));
    return {
      ...inner,
      factors: inner.factors.map((it, i) => it * factorAt(i)),
      addends: inner.addends.map((it, i) => it * factorAt(i) + (node.op === "sum" ? sumAt(i) : 0)),
    };
  }

  /** What the rescale of a layer narrows: `equalize` has chosen the scales of its channels. */
  function isNarrowed(id: FloatId): boolean {
    const node = producers.get(id);
    return node?.op === "relu" && producers.get(node.input)?.op === "linear";
  }

  /** The values of a constant, also one that only views have moved. */
  function constantAt(id: FloatId): Float64Array | undefined {
    const constant = constants.get(id);
    if (constant !== undefined) return constant.values;
    const node = producers.get(id);
    const [first] = node?.op === "view" ? node.inputs : [];
    if (node?.op !== "view" || first === undefined || node.inputs.length > 1) return undefined;
    const source = constantAt(first);
    return source && Float64Array.from(node.indices, (it) => (it === -1 ? 0 : (source[it] ?? 0)));
  }

  function classified(): Features {
    const sets = disjointSets(total);
    for (const { node, trace } of candidates) {
      const count = columnsOf(node);
      const column = startOf(`column ${node.weights}`, count);
      const roots = trace.roots.map((id) => startOf(id, 0));
      trace.which.forEach((which, i) => {
        const root = roots[which];
        if (root !== undefined) sets.join(column + (i % count), root + (trace.places[i] ?? 0));
      });
    }
    const all: Feature[] = [];
    const indexOf = new Map<number, number>();
    const mixed = new Set<number>();
    const used = new Uint8Array(total);
    for (const { trace } of candidates) {
      const roots = trace.roots.map((id) => startOf(id, 0));
      trace.which.forEach((which, i) => {
        const [root, place = 0] = [trace.roots[which], trace.places[i]];
        const element = (roots[which] ?? 0) + place;
        if (root === undefined || used[element] === 1) return;
        used[element] = 1;
        const set = sets.find(element);
        const known = all[indexOf.get(set) ?? -1];
        if (known === undefined) {
          indexOf.set(set, all.length);
          all.push({ key: `${root}[${place}]`, root, places: [place] });
        } else if (known.root === root) (known.places as number[]).push(place);
        else mixed.add(set);
      });
    }
    const layers = candidates.map(({ node, trace }): FeatureLayer => {
      const count = columnsOf(node);
      const column = startOf(`column ${node.weights}`, count);
      const ids = Array.from({ length: count }, (_, i) => sets.find(column + i));
      const { roots, which, places } = trace;
      const columns = Int32Array.from(ids, (it) => (mixed.has(it) ? -2 : (indexOf.get(it) ?? -1)));
      const factors = factorsOf.get(node.weights)?.map((it) => (Number.isNaN(it) ? 1 : it));
      return { node, roots, which, places, columns, factors: factors ?? new Float64Array(0) };
    });
    return { all, offsets, groups: groupsOf(layers, isNarrowed, tensors) };
  }
}

/** Groups of layers whose tensors may have a scale for each feature. */
function groupsOf(
  layers: readonly FeatureLayer[],
  isNarrowed: (id: FloatId) => boolean,
  tensors: FloatGraph["tensors"],
): readonly FeatureGroup[] {
  const groups: { layers: FeatureLayer[]; roots: FloatId[] }[] = [];
  for (const layer of layers) {
    const own = groups.filter(({ roots }) => roots.some((id) => layer.roots.includes(id)));
    const merged = {
      layers: [...own.flatMap((it) => it.layers), layer],
      roots: [...new Set([...own.flatMap((it) => it.roots), ...layer.roots])],
    };
    for (const it of own) groups.splice(groups.indexOf(it), 1);
    groups.push(merged);
  }
  return groups.filter(
    (it) =>
      it.layers.every(({ columns }) => !columns.includes(-2)) &&
      it.roots.every((id) => tensors.get(id)?.kind === "real") &&
      !(it.roots.length === 1 && it.roots.every(isNarrowed)),
  );
}

function disjointSets(size: number): {
  readonly find: (it: number) => number;
  readonly join: (a: number, b: number) => void;
} {
  const parents = Int32Array.from({ length: size }, (_, i) => i);
  const find = (it: number): number => {
    let at = it;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] ?? at] ?? at;
      at = parents[at] ?? at;
    }
    return at;
  };
  return { find, join: (a, b) => void (parents[find(a)] = find(b)) };
}
