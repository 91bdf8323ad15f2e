import type { TensorEncoding } from "@vouch/protocol";
import { CompilerError } from "./errors.ts";
import type { CompiledModel } from "./ir/compiledModel.ts";
import type { FloatGraph, FloatId } from "./ir/floatGraph.ts";
import { elementsOf } from "./ir/shape.ts";
import { verifyFloat } from "./ir/verifyFloat.ts";
import { verifyIntegers } from "./ir/verifyIntegers.ts";
import { readModel } from "./onnx/readModel.ts";
import type { Ranges } from "./passes/calibrate.ts";
import { calibrate, checkRanges } from "./passes/calibrate.ts";
import { foldConstants } from "./passes/foldConstants.ts";
import { fuseLinear } from "./passes/fuseLinear.ts";
import { fuseRelu } from "./passes/fuseRelu.ts";
import { inferShapes } from "./passes/inferShapes.ts";
import { quantize } from "./passes/quantize.ts";
import { removeDeadCode } from "./passes/removeDeadCode.ts";
import { removeReshapes } from "./passes/removeReshapes.ts";

/** How the publisher declares a tensor; it is signed, its number of elements is the model's. */
export type DeclaredEncoding = Pick<TensorEncoding, "mode" | "bits" | "fractionBits">;

export type CompileOptions = {
  readonly name: string;
  readonly input: DeclaredEncoding;
  readonly output: DeclaredEncoding;
  /** Samples to measure ranges on, or the `ranges` of an earlier compilation, which give the same graph again. */
  readonly calibration:
    { readonly samples: readonly ArrayLike<number>[] } | { readonly ranges: Ranges };
};

const MAX_ENCODING_BITS = 32;

const SIMPLIFICATIONS: readonly ((graph: FloatGraph) => FloatGraph)[] = [
  foldConstants,
  removeReshapes,
  fuseLinear,
  fuseRelu,
  removeReshapes,
  removeDeadCode,
];

/**
 * Compiles an ONNX file to an integer graph. The same file and options give the same graph on every machine; two files
 * of one architecture give graphs that differ in parameter values only.
 *
 * @throws {CompilerError} for every reason for which a file cannot be compiled.
 */
export function compile(model: Uint8Array, options: CompileOptions): CompiledModel {
  checkEncoding("input", options.input);
  checkEncoding("output", options.output);
  const { calibration } = options;

  const float = simplify({ ...readModel(model), name: options.name });
  const ranges =
    "samples" in calibration
      ? calibrate(float, calibration.samples)
      : checkRanges(float, calibration.ranges);
  const input = encodingOf(float, float.input, options.input);
  const output = encodingOf(float, float.output, options.output);
  const graph = verifyIntegers(quantize(float, { input, output, ranges }));
  return { graph, input, output, ranges, float };
}

function simplify(graph: FloatGraph): FloatGraph {
  const inferred = verifyFloat(inferShapes(removeDeadCode(graph)));
  return SIMPLIFICATIONS.reduce((it, pass) => verifyFloat(pass(it)), inferred);
}

function encodingOf(
  { shapes }: FloatGraph,
  id: FloatId,
  { mode, bits, fractionBits }: DeclaredEncoding,
): TensorEncoding {
  return { mode, elements: elementsOf(shapes.get(id) ?? []), bits, signed: true, fractionBits };
}

function checkEncoding(name: string, { bits, fractionBits }: DeclaredEncoding): void {
  const isBits = Number.isInteger(bits) && bits >= 2 && bits <= MAX_ENCODING_BITS;
  if (!isBits) {
    const reason = `${name} bits are ${bits}, not 2 to ${MAX_ENCODING_BITS}`;
    throw new CompilerError({ code: "OPTIONS_INVALID", reason });
  }
  if (!Number.isInteger(fractionBits) || fractionBits < 0 || fractionBits > MAX_ENCODING_BITS) {
    const reason = `${name} fraction bits are ${fractionBits}, not 0 to ${MAX_ENCODING_BITS}`;
    throw new CompilerError({ code: "OPTIONS_INVALID", reason });
  }
}
