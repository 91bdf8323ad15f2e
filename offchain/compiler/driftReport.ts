import { dequantizeTensor, quantizeTensor } from "@vouch/protocol";
import { CompilerError } from "./errors.ts";
import { interpret } from "./interpret.ts";
import { runFloat } from "./interpretFloat.ts";
import type { CompiledModel } from "./ir/compiledModel.ts";

/** How far the integer graph is from the model in real numbers, in units of the output. */
export type DriftReport = {
  readonly rows: number;
  readonly maxAbsError: number;
  readonly meanAbsError: number;
  /** Share of rows with the same decision: the sign of a single output, the largest of several. */
  readonly agreement: number;
};

/**
 * Compares both forms of a model on rows of its input, which are rounded to its encoding for the integer form only.
 *
 * @throws {CompilerError} `CALIBRATION_SAMPLE` if there is no row.
 * @throws {ProtocolError} if a row does not fit the input's encoding.
 */
export function driftReport(
  { graph, input, output, float }: CompiledModel,
  rows: readonly ArrayLike<number>[],
): DriftReport {
  if (rows.length === 0) {
    throw new CompilerError({ code: "CALIBRATION_SAMPLE", index: 0, reason: "there is none" });
  }
  let maxAbsError = 0;
  let total = 0;
  let agreeing = 0;
  for (const row of rows) {
    const exact = runFloat(float, row);
    const actual = dequantizeTensor(interpret(graph, quantizeTensor(row, input)), output);
    actual.forEach((it, i) => {
      const error = Math.abs(it - (exact[i] ?? 0));
      maxAbsError = Math.max(maxAbsError, error);
      total += error;
    });
    if (decision(actual) === decision(exact)) agreeing++;
  }
  return {
    rows: rows.length,
    maxAbsError,
    meanAbsError: total / (rows.length * output.elements),
    agreement: agreeing / rows.length,
  };
}

function decision(values: ArrayLike<number>): number {
  const [first = 0, ...rest] = Array.from(values);
  if (rest.length === 0) return first > 0 ? 1 : 0;
  return rest.reduce((best, it, i) => (it > (values[best] ?? 0) ? i + 1 : best), 0);
}
