import type { CompiledModel, DriftReport } from "@vouch/compiler";
import { runFloat } from "@vouch/compiler";
import { loadIntegerModel } from "@vouch/execution";

type DecoderDrift = Required<
  Pick<DriftReport, "rows" | "maxAbsError" | "meanAbsError" | "agreement" | "metric">
>;

/**
 * Compares both forms of a decoder as it is used: each is fed the tokens of a window and, step by step, the state that it
 * returned itself, so that errors add up.
 *
 * @param windows tokens, the last of each the label of the one before only
 * @throws {RangeError} if what comes out cannot go in again: the encodings of input and output differ.
 */
export async function decoderDrift(
  compiled: CompiledModel,
  windows: readonly (readonly number[])[],
): Promise<DecoderDrift> {
  const { graph, float, input, output } = compiled;
  if (input.fractionBits !== output.fractionBits || input.bits !== output.bits) {
    throw new RangeError(`${graph.name}: the state that comes out is no input`);
  }
  const one = 2 ** output.fractionBits;
  const logits = float.outputs[0]?.shape.reduce((product, it) => product * it, 1) ?? 0;
  const model = await loadIntegerModel(graph.name, graph);
  let [rows, exactHits, integerHits, agreed, maxAbsError, sumOfErrors] = [0, 0, 0, 0, 0, 0];
  for (const window of windows) {
    const states = graph.input.shape.reduce((product, it) => product * it, 1) - 2;
    let exactState: readonly number[] = new Array<number>(states).fill(0);
    let integerState: readonly bigint[] = new Array<bigint>(states).fill(0n);
    for (const [position, token] of window.slice(0, -1).entries()) {
      const exact = runFloat(float, [token, position, ...exactState]);
      const fed = [token, position].map((it) => BigInt(it * one));
      const integers = await model.run([...fed, ...integerState]);
      exactState = Array.from(exact.slice(logits));
      integerState = integers.slice(logits);

      const real = Array.from(exact.slice(0, logits));
      const actual = integers.slice(0, logits).map((it) => Number(it) / one);
      const errors = real.map((it, i) => Math.abs(it - (actual[i] ?? NaN)));
      const [expected, found, label] = [largest(real), largest(actual), window[position + 1]];
      rows++;
      exactHits += Number(expected === label);
      integerHits += Number(found === label);
      agreed += Number(expected === found);
      maxAbsError = Math.max(maxAbsError, ...errors);
      sumOfErrors += errors.reduce((sum, it) => sum + it, 0);
    }
  }
  await model.release();
  const metric = {
    ...{ name: "accuracy" as const, rows },
    ...{ float: exactHits / rows, integer: integerHits / rows },
  };
  const meanAbsError = sumOfErrors / rows / logits;
  return { rows, metric, maxAbsError, meanAbsError, agreement: agreed / rows };
}

/** Place of the largest element, the first among equals. */
function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
