import { CompilerError } from "../errors.ts";
import { runFloatAll } from "../interpretFloat.ts";
import type { FloatGraph, FloatId } from "../ir/floatGraph.ts";
import type { Feature, Features } from "./features.ts";
import { featuresOf } from "./features.ts";
import { hasPoleAtZero } from "./functions.ts";

/** Largest absolute value of tensors, by id. */
export type Ranges = Readonly<Record<FloatId, number>>;

/** Parts of a tensor's largest value in which percentiles are counted. */
const BINS = 4096;

/** What the range of a tensor's reciprocal goes by: how near to 0 the tensor comes, which a pole there is told by. */
export function reciprocalOf(id: FloatId): string {
  return `1/${id}`;
}

/**
 * Measures the ranges of all computed tensors over samples of the input.
 *
 * @param percentile share of absolute values, in percent, that a range covers; 100 is the largest value
 * @throws {CompilerError} `CALIBRATION_SAMPLE` for a sample of wrong length or not finite, or if there is none.
 */
export function calibrate(
  graph: FloatGraph,
  samples: readonly ArrayLike<number>[],
  percentile = 100,
): Ranges {
  if (samples.length === 0) {
    throw new CompilerError({ code: "CALIBRATION_SAMPLE", index: 0, reason: "there is none" });
  }
  const ranges = new Map<FloatId, number>();
  eachTensor(graph, samples, (id, values) => {
    const most = values.reduce((max, it) => Math.max(max, Math.abs(it)), 0);
    ranges.set(id, Math.max(ranges.get(id) ?? 0, most));
  });
  if (percentile < 100) cutTails(graph, samples, percentile, ranges);
  return checkRanges(Object.fromEntries(ranges));
}

/** @throws {CompilerError} `CALIBRATION_INVALID` */
export function checkRanges(ranges: Ranges): Ranges {
  for (const [tensor, range] of Object.entries(ranges)) {
    if (!(range >= 0 && range < Infinity)) {
      throw new CompilerError({ code: "CALIBRATION_INVALID", tensor, range });
    }
  }
  return ranges;
}

/** @throws {CompilerError} `CALIBRATION_UNKNOWN` for a range that the model has no use for. */
export function requireUsed(given: Ranges, used: Ranges): void {
  const unknown = Object.keys(given).find((id) => !Object.hasOwn(used, id));
  if (unknown !== undefined) {
    throw new CompilerError({ code: "CALIBRATION_UNKNOWN", tensor: unknown });
  }
}

function cutTails(
  graph: FloatGraph,
  samples: readonly ArrayLike<number>[],
  percentile: number,
  ranges: Map<FloatId, number>,
): void {
  const counts = new Map<FloatId, Float64Array>();
  eachTensor(graph, samples, (id, values) => {
    const bins = counts.get(id) ?? new Float64Array(BINS);
    counts.set(id, bins);
    const most = ranges.get(id) ?? 0;
    for (const it of values) {
      const bin = most === 0 ? 0 : Math.min(BINS - 1, Math.floor((Math.abs(it) / most) * BINS));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
  });
  for (const [id, bins] of counts) {
    const total = bins.reduce((sum, it) => sum + it, 0);
    let covered = 0;
    const cut = bins.findIndex((it) => {
      covered += it;
      return covered >= (total * percentile) / 100;
    });
    ranges.set(id, ((ranges.get(id) ?? 0) * (cut + 1)) / BINS);
  }
}

function eachTensor(
  graph: FloatGraph,
  samples: readonly ArrayLike<number>[],
  visit: (id: FloatId, values: Float64Array) => void,
): void {
  const nearPoles = argumentsOfPoles(graph);
  const features = featuresByRoot(featuresOf(graph));
  samples.forEach((sample, index) => {
    for (const [id, values] of run(graph, sample, index)) {
      if (graph.constants.has(id)) continue;
      for (const { key, places, offsets } of features.get(id) ?? []) {
        const moved = Float64Array.from(places, (it) => (values[it] ?? 0) + (offsets?.[it] ?? 0));
        visit(key, moved.filter(Number.isFinite));
      }
      if (nearPoles.has(id)) {
        const reciprocals = values.filter((it) => it > 0).map((it) => 1 / it);
        visit(reciprocalOf(id), reciprocals.filter(Number.isFinite));
      }
      // What a choice may drop, as a quotient by 0, has no part in a range.
      visit(id, id === graph.output ? values : values.filter(Number.isFinite));
    }
  });
}

type Moved = Feature & { readonly offsets: Float64Array | undefined };

function featuresByRoot({ all, offsets }: Features): ReadonlyMap<FloatId, readonly Moved[]> {
  const found = new Map<FloatId, Moved[]>();
  for (const feature of all) {
    const own = found.get(feature.root) ?? [];
    own.push({ ...feature, offsets: offsets.get(feature.root) });
    found.set(feature.root, own);
  }
  return found;
}

/** Tensors of which a function is taken that has a pole at 0, before and after views. */
function argumentsOfPoles({ nodes }: FloatGraph): ReadonlySet<FloatId> {
  const found = new Set<FloatId>();
  for (const node of nodes.toReversed()) {
    if (node.op === "unary" && hasPoleAtZero(node.fn)) found.add(node.input);
    if (node.op === "view" && found.has(node.output)) for (const id of node.inputs) found.add(id);
  }
  return found;
}

function run(
  graph: FloatGraph,
  sample: ArrayLike<number>,
  index: number,
): ReadonlyMap<FloatId, Float64Array> {
  if (!Array.from(sample).every(Number.isFinite)) {
    const reason = "an element is not a finite number";
    throw new CompilerError({ code: "CALIBRATION_SAMPLE", index, reason });
  }
  try {
    return runFloatAll(graph, sample);
  } catch (cause) {
    const reason = cause instanceof CompilerError ? cause.message : "it cannot be run";
    throw new CompilerError({ code: "CALIBRATION_SAMPLE", index, reason }, { cause });
  }
}
