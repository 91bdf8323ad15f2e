import { SCALAR_FIELD } from "@vouch/protocol";
import { parameterSignal } from "./circom.ts";
import type { Opening } from "./claimWords.ts";
import type { ProvableModel } from "./components.ts";

/** An opening and the public signals. */
export type Assignment = Opening & { readonly c: bigint; readonly z: bigint; readonly e: bigint };

/**
 * Inputs of the circuit that `emitCircom` returns, by signal name; arrays are flat and row-major, every value a field
 * element in `[0, p)`. The output is no input: the circuit computes it.
 */
export function circuitInputs(
  { graph, input, output }: ProvableModel,
  assignment: Assignment,
): Record<string, bigint | bigint[]> {
  const { c, z, e, weightsSalt, inputSalt, outputSalt } = assignment;
  const inputs: Record<string, bigint | bigint[]> = { c, z, e, weightsSalt };
  graph.parameters.forEach((it, index) => {
    inputs[parameterSignal(index)] = it.values.map(toField);
  });
  inputs["x"] = assignment.input.map(toField);
  if (input.mode === "committed" && inputSalt !== undefined) inputs["inputSalt"] = inputSalt;
  if (output.mode === "committed" && outputSalt !== undefined) inputs["outputSalt"] = outputSalt;
  return inputs;
}

/** The field element of a signed integer. */
function toField(value: bigint): bigint {
  return value < 0n ? value + SCALAR_FIELD : value;
}
