import { SCALAR_FIELD } from "@vouch/protocol";
import { inputsOf } from "../ir/integerGraph.ts";
import { saltedTensors } from "./circom.ts";
import { saltsOf } from "./claimWords.ts";
import type { Opening } from "./claimWords.ts";
import type { ProvableModel } from "./components.ts";
import { splitValues } from "./joinEncoding.ts";
import { inputSignal, parameterSignal } from "./writer.ts";

/** An opening and the public signals. */
export type Assignment = Opening & { readonly c: bigint; readonly z: bigint; readonly e: bigint };

/**
 * Inputs of the circuit that `emitCircom` returns, by signal name; arrays are flat and row-major, every value a field
 * element in `[0, p)`. The output is no input: the circuit computes it. Several inferences have an array of salts each for
 * input and output, and lie one after the other in `x`.
 *
 * @throws {CompilerError} `SALT_MISSING` if what is committed has no salt.
 */
export function circuitInputs(
  model: ProvableModel,
  assignment: Assignment,
): Record<string, bigint | bigint[]> {
  const { graph } = model;
  const { c, z, e } = assignment;
  const inputs: Record<string, bigint | bigint[]> = { c, z, e };
  for (const tensor of saltedTensors(model)) {
    const salts = saltsOf(tensor, model, assignment);
    const [only] = salts;
    inputs[`${tensor}Salt`] = only !== undefined && salts.length === 1 ? only : [...salts];
  }
  graph.parameters.forEach((it, index) => {
    inputs[parameterSignal(index)] = it.values.map(toField);
  });
  splitValues(inputsOf(graph), assignment.input).forEach((values, index) => {
    inputs[inputSignal(index)] = values.map(toField);
  });
  return inputs;
}

/** The field element of a signed integer. */
export function toField(value: bigint): bigint {
  return value < 0n ? value + SCALAR_FIELD : value;
}
