import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { MAX_BITS, rangeOfType, signedBits } from "../ir/range.ts";
import type { Ranges } from "./calibrate.ts";
import type { Feature, FeatureGroup, FeatureLayer, Features } from "./features.ts";
import type { Quantized, Quantizer } from "./quantizer.ts";
import { largest, powerOfTwo, toInteger } from "./quantizer.ts";
import { narrowed } from "./rescaling.ts";

/** Loss by one scale for a whole tensor, against a scale for each feature, from which on features get their own. */
const MOST_LOSS = 16;
/** Largest part of a feature's type that its samples leave unused, as for channels in `equalize`. */
const MOST_HEADROOM = 16;
/** An addend this many times beyond the samples stays an addition of its own. */
const MOST_OFFSET = 4;
/** As for a rescale by one multiplier: bits of multipliers, and those left where a feature uses all of the source's type. */
const MULTIPLIER = { bits: 26, headroom: 6 } as const;

/** The features that get scales of their own. */
export type FeatureScales = {
  /** Largest value of each feature that its integers stand for; none of a tensor that has one scale. */
  readonly covers: ReadonlyMap<FloatId, ReadonlyMap<Feature, number>>;
  readonly layers: ReadonlyMap<FloatId, FeatureLayer>;
  readonly features: Features;
};

/** The input of a layer: a column's integer q stands for `q · column`, but for the factor in the column's weights. */
export type ScaledInput = {
  readonly source: Quantized;
  readonly columns: Float64Array;
  /** Equal for layers of the same weights whose columns are equal. */
  readonly key: string;
};

/**
 * Chooses the tensors that get a scale for each feature: those of which a layer would lose more than 4 bits by one scale.
 * With ranges r of the features and their largest weights w, errors of roundings are as large as `max r · max w` with one
 * scale, and `max (r · w)` with a scale for each. Scales are roots of the ratio, as those of channels (`equalize`).
 *
 * @param calibrated largest absolute value of a tensor or, by its key, of a feature; notes that it is used
 * @param isNarrow whether a tensor is used as it is, with no narrowing
 */
export function chooseFeatureScales(
  graph: FloatGraph,
  features: Features,
  ranges: Ranges,
  calibrated: (id: string) => number,
  isNarrow: (id: FloatId) => boolean,
): FeatureScales {
  const covers = new Map<FloatId, Map<Feature, number>>();
  const layers = new Map<FloatId, FeatureLayer>();
  for (const group of features.groups) chooseFor(group);
  return { covers, layers, features };

  function chooseFor(group: FeatureGroup): void {
    const own = group.roots.map((root) => features.all.filter((it) => it.root === root));
    const inputs = group.layers.map(({ node }) => node.input);
    const keys = [...own.flat().map(({ key }) => key), ...group.roots, ...inputs];
    if (!keys.every((key) => Object.hasOwn(ranges, key))) return;
    const rangeOf = (key: string): number => ranges[key] ?? 0;
    const isFar = group.roots.some((root) =>
      features.offsets.get(root)?.some((it) => Math.abs(it) > MOST_OFFSET * rangeOf(root)),
    );
    if (isFar) return;
    const weights = new Map<Feature, number>();
    let loss = 0;
    for (const layer of group.layers) {
      const most = largestWeights(graph, features, layer);
      const product = Math.max(0, ...[...most].map(([it, w]) => rangeOf(it.key) * w));
      if (!(product > 0)) continue;
      let reach = 0;
      for (const root of layer.roots) {
        const shown = [...most.keys()].filter((it) => it.root === root);
        const ofShown = Math.max(0, ...shown.map((it) => rangeOf(it.key)));
        reach = Math.max(reach, isNarrow(root) ? ofShown : rangeOf(root));
      }
      // Factors of which it is not free would set the scale of what they are multiplied by, too.
      if (layer.factors.some((it) => it !== 1)) {
        const weight = largest(graph.constants.get(layer.node.weights)?.values ?? []);
        loss = Math.max(loss, (rangeOf(layer.node.input) * weight) / product);
      }
      for (const [feature, w] of most) {
        loss = Math.max(loss, (reach * w) / product);
        weights.set(feature, Math.max(weights.get(feature) ?? 0, w / product));
      }
    }
    if (loss <= MOST_LOSS) return;
    keys.forEach(calibrated);
    for (const layer of group.layers) layers.set(layer.node.output, layer);
    group.roots.forEach((root, k) => {
      const all = own[k] ?? [];
      const heaviest = Math.max(0, ...all.map((it) => weights.get(it) ?? 0));
      if (movedBy(root, features) === undefined && rangeOf(root) * heaviest <= MOST_LOSS) return;
      covers.set(root, new Map(all.map((it) => [it, coverOf(rangeOf(it.key), weights.get(it))])));
    });
  }
}

/** What is added to the elements of a tensor; `undefined` if nothing is. */
function movedBy(root: FloatId, { offsets }: Features): Float64Array | undefined {
  const added = offsets.get(root);
  return added?.some((it) => it !== 0) === true ? added : undefined;
}

/** Largest weight of each feature that a layer reads, the factors before the layer taken in. */
function largestWeights(
  graph: FloatGraph,
  { all }: Features,
  { node, columns, factors }: FeatureLayer,
): ReadonlyMap<Feature, number> {
  const found = new Map<Feature, number>();
  const values = graph.constants.get(node.weights)?.values ?? [];
  values.forEach((it, i) => {
    const column = i % columns.length;
    const feature = all[columns[column] ?? -1];
    if (feature === undefined) return;
    const weight = Math.abs(it * (factors[column] ?? 1));
    found.set(feature, Math.max(found.get(feature) ?? 0, weight));
  });
  return found;
}

/** Between the range itself and the inverse of the weight, which is never below it. */
function coverOf(range: number, weight = 0): number {
  if (range === 0) return weight > 0 ? 1 / weight : 1;
  return weight > 0 ? Math.min(MOST_HEADROOM * range, Math.sqrt(range / weight)) : range;
}

/** The input of a layer with a scale for each feature; `undefined` where it has one scale. */
export function scaledInput(
  node: FloatNode & { op: "linear" },
  scales: FeatureScales,
  quantizer: Quantizer,
): ScaledInput | undefined {
  const layer = scales.layers.get(node.output);
  if (layer === undefined) return undefined;
  const { all } = scales.features;
  const parts = layer.roots.map((root) => {
    const width = Math.max(quantizer.widthOf(root), quantizer.widthOf(node.input));
    return partOf(root, width, scales, quantizer);
  });
  const starts: number[] = [];
  let total = 0;
  for (const { source } of parts) {
    starts.push(total);
    total += source.tensor.shape.reduce((n, it) => n * it, 1);
  }
  const indices = layer.which.map((which, i) => {
    const place = layer.places[i] ?? 0;
    return which === -1 ? -1 : (starts[which] ?? 0) + (parts[which]?.placeOf(place) ?? place);
  });
  const columns = Float64Array.from(layer.columns, (index, column) => {
    const feature = all[index];
    if (feature === undefined) return 1;
    const part = parts[layer.roots.indexOf(feature.root)];
    return (part?.scaleOf(feature) ?? 1) * (layer.factors[column] ?? 1);
  });
  const signed = parts.some(({ source }) => source.range.lo < 0n);
  const bits = Math.max(
    ...parts.map(({ source: { range } }) =>
      signed ? signedBits(range) : Math.max(1, range.hi.toString(2).length),
    ),
  );
  const inputs = parts.map(({ source }) => source.tensor.id);
  const shape = quantizer.shapeOf(node.input);
  const source = quantizer.once(`features ${node.input} ${inputs.join(" ")}`, () =>
    quantizer.emit(
      {
        op: "view",
        name: node.name,
        inputs,
        indices,
        output: { id: `${node.input}.features`, shape, type: { bits, signed } },
      },
      1,
    ),
  );
  return { source, columns, key: `features of ${quantizer.widthOf(node.input)} bits` };
}

/** A tensor before it is narrowed, and whether its ReLU is still to be taken. */
type Wide = { readonly source: Quantized; readonly relu: boolean };

type Part = {
  readonly source: Quantized;
  readonly scaleOf: (feature: Feature) => number;
  readonly placeOf: (place: number) => number;
};

function partOf(root: FloatId, width: number, scales: FeatureScales, quantizer: Quantizer): Part {
  const covers = scales.covers.get(root);
  if (covers === undefined) {
    const source = narrowed(root, width, quantizer);
    return { source, scaleOf: () => source.scale, placeOf: (place) => place };
  }
  const features = [...covers.keys()];
  // Features of one length lie side by side, so that each has one multiplier.
  const [length = 1] = features.map((it) => it.places.length);
  const isEven = features.every((it) => it.places.length === length);
  const order = isEven
    ? Array.from({ length }, (_, i) => features.map((it) => it.places[i] ?? 0)).flat()
    : features.flatMap((it) => it.places);
  const channels = isEven ? features : features.flatMap((it) => it.places.map(() => it));
  const found = new Map(order.map((place, i) => [place, i]));
  const wide = relocated(root, order, channels.length, scales.features, quantizer);

  const { bits, shift, type } = typesOf(wide, width);
  const most = Number(rangeOfType(type).hi);
  const held = Number(rangeOfType({ bits: signedBits(wide.source.range), signed: true }).hi);
  const product = wide.source.scale * powerOfTwo(shift);
  const multiplierOf = (feature: Feature): number => {
    const cover = Math.min(covers.get(feature) ?? 1, held * wide.source.scale);
    const wanted = Math.floor((product * most) / cover);
    return Math.min(powerOfTwo(bits) - 1, Math.max(1, wanted));
  };
  const source = quantizer.once(`${root} features ${width}`, () => {
    const { id } = quantizer.addValues(
      `${root}.multipliers`,
      [channels.length],
      { bits, signed: false },
      channels.map((it) => BigInt(multiplierOf(it))),
      "weight",
    );
    return quantizer.emit(
      {
        op: "rescale",
        name: wide.source.tensor.id,
        input: wide.source.tensor.id,
        multiplier: id,
        shift,
        relu: wide.relu,
        output: { id: `${root}.scaled`, shape: wide.source.tensor.shape, type },
      },
      1,
    );
  });
  return {
    source,
    scaleOf: (feature) => product / multiplierOf(feature),
    placeOf: (place) => found.get(place) ?? 0,
  };
}

function typesOf(
  { source: { range }, relu }: Wide,
  width: number,
): { readonly bits: number; readonly shift: number; readonly type: Quantized["tensor"]["type"] } {
  const wide = signedBits(range);
  return {
    bits: Math.min(MULTIPLIER.bits, MAX_BITS - 1 - wide),
    shift: Math.max(1, wide - width + MULTIPLIER.headroom),
    type: { bits: width, signed: range.lo < 0n && !relu },
  };
}

/** The elements of a tensor in the order of its features, what constants add to them added. */
function relocated(
  root: FloatId,
  order: readonly number[],
  channels: number,
  features: Features,
  quantizer: Quantizer,
): Wide {
  const added = movedBy(root, features);
  const relu = added === undefined ? reluOf(root, quantizer) : undefined;
  const source = quantizer.quantizedOf(relu?.input ?? root);
  const shape = [order.length / channels, channels];
  const view = quantizer.once(`ordered ${root}`, () =>
    quantizer.emit(
      {
        op: "view",
        name: root,
        inputs: [source.tensor.id],
        indices: Int32Array.from(order),
        output: { id: `${root}.ordered`, shape, type: source.tensor.type },
      },
      source.scale,
    ),
  );
  if (added === undefined) return { source: view, relu: relu !== undefined };
  const moved = quantizer.once(`moved ${root}`, () => {
    // As wide as four times the samples may be, which are within the type themselves.
    const bits = signedBits(source.range) + 3;
    const most = powerOfTwo(bits - 1) - 1;
    const values = order.map((place) => toInteger((added[place] ?? 0) / source.scale, most));
    const constant = quantizer.addValues(
      `${root}.offsets`,
      shape,
      { bits, signed: true },
      values,
      "weight",
    );
    const one = quantizer.addValues(
      `${root}.one`,
      [1],
      { bits: 2, signed: true },
      [1n],
      "structure",
    ).id;
    return quantizer.emit(
      {
        op: "combine",
        name: root,
        inputs: [view.tensor.id, constant.id],
        multipliers: [one, one],
        output: { id: `${root}.moved`, shape },
      },
      source.scale,
    );
  });
  return { source: moved, relu: false };
}

/** A ReLU, which is the lower end of the rescale's clamp. */
function reluOf(root: FloatId, quantizer: Quantizer): (FloatNode & { op: "relu" }) | undefined {
  const node = quantizer.graph.nodes.find((it) => it.output === root);
  return node?.op === "relu" ? node : undefined;
}
