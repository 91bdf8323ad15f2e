import { NativeError } from "@vouch/native";
import { calculateWitness } from "../calculateWitness.ts";
import type { CircuitInputs } from "../calculateWitness.ts";
import type { StepOptions } from "../progress.ts";
import { encodeInputs } from "./encodeInputs.ts";
import type { InputLayout } from "./inputLayout.ts";
import { isTapeTried, passTape, useTape } from "./tapes.ts";

const PASSING: ReadonlySet<string> = new Set(["CIRCUIT_UNREADABLE", "MEMORY_SHORT", "TAPE_CLOSED"]);

/** Files that witnesses are made from; `CircuitArtefacts` are some. Without the r1cs and its layout, circom's calculator makes all. */
export type WitnessArtefacts = {
  readonly wasm: string;
  readonly r1cs?: string;
  readonly layout?: InputLayout;
};

/**
 * Returns the content of a `.wtns` file: computed from the constraints by the native prover where it is here and they determine
 * all, else by circom's calculator, the reference. Both make the same bytes. Where the constraints refuse inputs, the calculator
 * says why; where it takes them, it makes the circuit's witnesses from then on (`passedTapes`).
 *
 * @throws {ProverError} those of `calculateWitness`
 */
export async function obtainWitness(
  { wasm, r1cs, layout }: WitnessArtefacts,
  inputs: CircuitInputs,
  { onProgress }: Pick<StepOptions, "onProgress"> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (r1cs === undefined || layout === undefined || !isTapeTried(r1cs))
    return calculateWitness(wasm, inputs);
  const values = encodeInputs(layout, inputs);
  let failure: unknown;
  try {
    const witness = await useTape({ r1cs, layout }, (tape) => tape.run(values));
    if (witness !== undefined) return witness;
  } catch (error) {
    failure = error;
  } finally {
    values.fill(0);
  }
  const reference = await calculateWitness(wasm, inputs);
  if (failure !== undefined && !isPassing(failure)) {
    passTape({ r1cs, why: "failed", at: new Date(), error: failure });
    onProgress?.("the constraints refused what the witness calculator takes: it takes their place");
  }
  return reference;
}

/** Whether an error says nothing of the circuit: the next witness may come from its constraints. */
function isPassing(error: unknown): boolean {
  return error instanceof NativeError && PASSING.has(error.code);
}

/** How a commit-and-prove proof comes to its witness (`CommittedWork`), from inputs that depend on the challenge. */
export function witnessFrom<Signals>(
  artefacts: WitnessArtefacts,
  inputsAt: (signals: Signals) => CircuitInputs,
): {
  readonly witnessOf: (signals: Signals) => Promise<Uint8Array>;
  readonly referenceOf: (signals: Signals) => Promise<Uint8Array>;
} {
  return {
    witnessOf: (signals) => obtainWitness(artefacts, inputsAt(signals)),
    referenceOf: (signals) => calculateWitness(artefacts.wasm, inputsAt(signals)),
  };
}
