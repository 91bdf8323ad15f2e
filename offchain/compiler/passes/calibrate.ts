import { CompilerError } from "../errors.ts";
import { runFloatAll } from "../interpretFloat.ts";
import type { FloatGraph, FloatId } from "../ir/floatGraph.ts";

/** Largest absolute value of tensors, by id. */
export type Ranges = Readonly<Record<FloatId, number>>;

/**
 * Tensors whose scale is free, so that quantization needs their range: outputs of `linear` and `sum`, but for the one
 * that becomes the graph's output, of which the scale is declared.
 */
export function calibratedTensors({ nodes, output }: FloatGraph): readonly FloatId[] {
  const declared = new Set([output]);
  for (const node of nodes.toReversed()) {
    if (node.op === "reshape" && declared.has(node.output)) declared.add(node.input);
  }
  return nodes
    .filter((it) => (it.op === "linear" || it.op === "sum") && !declared.has(it.output))
    .map((it) => it.output);
}

/**
 * Measures the ranges of `calibratedTensors` over samples of the input.
 *
 * @throws {CompilerError} `CALIBRATION_SAMPLE` for a sample of wrong length or not finite, or if there is none.
 */
export function calibrate(graph: FloatGraph, samples: readonly ArrayLike<number>[]): Ranges {
  const tensors = calibratedTensors(graph);
  const ranges = new Map(tensors.map((id) => [id, 0]));
  if (samples.length === 0) {
    throw new CompilerError({ code: "CALIBRATION_SAMPLE", index: 0, reason: "there is none" });
  }
  samples.forEach((sample, index) => {
    const values = run(graph, sample, index);
    for (const id of tensors) {
      const most = values.get(id)?.reduce((max, it) => Math.max(max, Math.abs(it)), 0) ?? 0;
      ranges.set(id, Math.max(ranges.get(id) ?? 0, most));
    }
  });
  return checkRanges(graph, Object.fromEntries(ranges));
}

/**
 * Returns the ranges, in the order of the graph, if there is exactly one for each of `calibratedTensors`.
 *
 * @throws {CompilerError} `CALIBRATION_MISSING`, `CALIBRATION_UNKNOWN`, `CALIBRATION_INVALID`.
 */
export function checkRanges(graph: FloatGraph, ranges: Ranges): Ranges {
  const tensors = calibratedTensors(graph);
  const unknown = Object.keys(ranges).find((id) => !tensors.includes(id));
  if (unknown !== undefined) {
    throw new CompilerError({ code: "CALIBRATION_UNKNOWN", tensor: unknown });
  }
  return Object.fromEntries(
    tensors.map((id) => {
      const range = Object.hasOwn(ranges, id) ? ranges[id] : undefined;
      if (range === undefined) throw new CompilerError({ code: "CALIBRATION_MISSING", tensor: id });
      if (!(range >= 0 && range < Infinity)) {
        throw new CompilerError({ code: "CALIBRATION_INVALID", tensor: id, range });
      }
      return [id, range];
    }),
  );
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
