import { totalmem } from "node:os";
import { NativeError, openNative } from "@vouch/native";
import type { Native, NativeTape } from "@vouch/native";
import { nativeProver } from "../provers/chooseProver.ts";
import { createKeyHolder } from "../provers/keyHolder.ts";
import type { InputLayout } from "./inputLayout.ts";

/** A circuit whose witnesses circom's calculator makes in this process, though the native prover is here. */
export type PassedTape = {
  /** Path of its `.r1cs` file. */
  readonly r1cs: string;
  /** `undetermined`: the constraints alone do not say how. `failed`: they refused inputs that the calculator takes. */
  readonly why: "undetermined" | "failed";
  readonly at: Date;
  readonly error: unknown;
};

/** What a tape is made from. */
export type TapeSource = { readonly r1cs: string; readonly layout: InputLayout };

/** Of the machine's memory, for tapes that are kept. */
const SHARE = 16;

const passed = new Map<string, PassedTape>();
/** By the path of their circuit; a tape that was closed for its memory is opened again. */
const layouts = new Map<string, InputLayout>();
const tapes = createKeyHolder<NativeTape>({
  open: (r1cs) => native().openTape(r1cs, layouts.get(r1cs)?.eliminated),
  maxBytes: totalmem() / SHARE,
});

/** Circuits that have no tape, or none that is trusted, oldest first. */
export function passedTapes(): readonly PassedTape[] {
  return [...passed.values()];
}

/** Has circom's calculator make the circuit's witnesses from now on. */
export function passTape(it: PassedTape): void {
  passed.set(it.r1cs, it);
}

/** Whether a tape of the circuit is tried: the native prover is here and trusted, and the circuit was not passed over. */
export function isTapeTried(r1cs: string): boolean {
  return nativeProver() !== undefined && !passed.has(r1cs);
}

/**
 * Works with the tape of a circuit, which stays open from one witness to the next; `undefined` where the constraints do not give
 * one.
 */
export async function useTape<T>(
  { r1cs, layout }: TapeSource,
  work: (tape: NativeTape) => Promise<T>,
): Promise<T | undefined> {
  layouts.set(r1cs, layout);
  try {
    return await tapes.use(r1cs, work);
  } catch (error) {
    if (!(error instanceof NativeError) || error.code !== "CIRCUIT_UNDETERMINED") throw error;
    passTape({ r1cs, why: "undetermined", at: new Date(), error });
    return undefined;
  }
}

/** Closes the tapes that are kept open between witnesses. */
export function closeTapes(): void {
  tapes.clear();
}

function native(): Native {
  const opened = openNative();
  if (opened === undefined) throw new NativeError({ code: "BINARY_MISSING", path: "" });
  return opened;
}
