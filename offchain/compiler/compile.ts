import type { TensorEncoding } from "@vouch/protocol";
import type { Widths } from "./chooseWidths.ts";
import { chooseWidths } from "./chooseWidths.ts";
import { driftReport } from "./driftReport.ts";
import { constraintEstimate } from "./emit/constraintEstimate.ts";
import { CompilerError } from "./errors.ts";
import type { CompiledModel, WeightsMode } from "./ir/compiledModel.ts";
import type { FloatGraph, FloatId } from "./ir/floatGraph.ts";
import { elementsOf } from "./ir/shape.ts";
import { verifyFloat } from "./ir/verifyFloat.ts";
import { verifyIntegers } from "./ir/verifyIntegers.ts";
import { readModel } from "./onnx/readModel.ts";
import type { Ranges } from "./passes/calibrate.ts";
import { calibrate, checkRanges, requireUsed } from "./passes/calibrate.ts";
import { equalize } from "./passes/equalize.ts";
import { fuseLinear } from "./passes/fuseLinear.ts";
import { fuseViews } from "./passes/fuseViews.ts";
import { quantize, resizableTensors } from "./passes/quantize.ts";
import { removeDeadCode } from "./passes/removeDeadCode.ts";
import { simplifyLogistics } from "./passes/simplifyLogistics.ts";
import { simplifyMasks } from "./passes/simplifyMasks.ts";
import { simplifyProducts } from "./passes/simplifyProducts.ts";

/** How the publisher declares a tensor; its number of elements is the model's. */
export type DeclaredEncoding = Pick<TensorEncoding, "mode" | "bits" | "fractionBits"> & {
  /** True where left out. */
  readonly signed?: boolean;
};

export type CompileOptions = {
  readonly name: string;
  readonly input: DeclaredEncoding;
  readonly output: DeclaredEncoding;
  /** Samples to measure ranges on, or the `ranges` of an earlier compilation, which give the same graph again. */
  readonly calibration:
    | { readonly samples: readonly ArrayLike<number>[]; readonly percentile?: number }
    | { readonly ranges: Ranges };
  /** `private` where left out. */
  readonly weights?: WeightsMode;
  /** Lengths of axes that the file gives a symbol; the batch, a first axis without length, is 1. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /**
   * Largest error of the output on the samples, in its units: where 8 bits exceed it, tensors get 16 (`chooseWidths`). Needs
   * samples; not with `widths`.
   */
  readonly maxDrift?: number;
  /** Bits of tensors and weights that are not to have the default width, by name of the float graph. */
  readonly widths?: Readonly<Record<FloatId, number>>;
};

const MAX_ENCODING_BITS = 32;

const SIMPLIFICATIONS: readonly ((graph: FloatGraph) => FloatGraph)[] = [
  removeDeadCode,
  fuseViews,
  simplifyLogistics,
  simplifyProducts,
  simplifyMasks,
  fuseLinear,
  fuseViews,
  equalize,
  removeDeadCode,
];

/**
 * Compiles an ONNX file to an integer graph. The same file and options give the same graph on every machine; with private
 * weights two files of one architecture give graphs that differ in parameter values only.
 *
 * @throws {CompilerError} for every reason for which a file cannot be compiled.
 */
export function compile(model: Uint8Array, options: CompileOptions): CompiledModel {
  checkEncoding("input", options.input);
  checkEncoding("output", options.output);
  const { calibration, weights = "private", dimensions = {} } = options;

  const float = simplify({ ...readModel(model, { dimensions }), name: options.name });
  const ranges =
    "samples" in calibration
      ? calibrate(float, calibration.samples, calibration.percentile)
      : checkRanges(calibration.ranges);
  const input = encodingOf(float, float.input, options.input);
  const output = encodingOf(float, float.output, options.output);
  const lower = (widths: Widths): CompiledModel => {
    const quantized = quantize(float, { input, output, weights, ranges, widths });
    verifyIntegers(quantized.graph);
    const { graph, graphScales, ranges: used } = quantized;
    return { graph, graphScales, ranges: used, input, output, weights, widths, float };
  };
  const compiled = lower(widthsOf(options, lower, float));
  if ("ranges" in calibration) requireUsed(calibration.ranges, compiled.ranges);
  return compiled;
}

/** The widths that are given, or chosen by the budget for drift. */
function widthsOf(
  { widths, maxDrift, calibration }: CompileOptions,
  lower: (widths: Widths) => CompiledModel,
  float: FloatGraph,
): Widths {
  if (maxDrift === undefined) return widths ?? {};
  if (widths !== undefined || !("samples" in calibration) || !(maxDrift > 0)) {
    const reason = "a budget for drift is a positive number, needs samples, and excludes widths";
    throw new CompilerError({ code: "OPTIONS_INVALID", reason });
  }
  const { samples } = calibration;
  return chooseWidths({
    candidates: resizableTensors(float),
    maxDrift,
    evaluate(given) {
      const compiled = lower(given);
      return {
        drift: driftReport(compiled, samples).maxAbsError,
        cost: constraintEstimate(compiled).total,
      };
    },
  });
}

/** The graph of a file after all passes on real numbers. */
export function simplify(graph: FloatGraph): FloatGraph {
  return SIMPLIFICATIONS.reduce((it, pass) => verifyFloat(pass(it)), verifyFloat(graph));
}

function encodingOf(
  { tensors }: FloatGraph,
  id: FloatId,
  { mode, bits, fractionBits, signed = true }: DeclaredEncoding,
): TensorEncoding {
  return { mode, elements: elementsOf(tensors.get(id)?.shape ?? []), bits, signed, fractionBits };
}

function checkEncoding(
  name: string,
  { bits, fractionBits, signed = true }: DeclaredEncoding,
): void {
  const least = signed ? 2 : 1;
  if (!Number.isInteger(bits) || bits < least || bits > MAX_ENCODING_BITS) {
    const reason = `${name} bits are ${bits}, not ${least} to ${MAX_ENCODING_BITS}`;
    throw new CompilerError({ code: "OPTIONS_INVALID", reason });
  }
  if (!Number.isInteger(fractionBits) || fractionBits < 0 || fractionBits > MAX_ENCODING_BITS) {
    const reason = `${name} fraction bits are ${fractionBits}, not 0 to ${MAX_ENCODING_BITS}`;
    throw new CompilerError({ code: "OPTIONS_INVALID", reason });
  }
}
