import { writeFile } from "node:fs/promises";
import { NativeError } from "@vouch/native";
import { checkAborted } from "../progress.ts";
import { nativeSetup } from "../provers/chooseProver.ts";
import { distrust } from "../provers/distrust.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { encodeZkey } from "../zkeyFile.ts";
import { drawSecrets } from "./developmentSecrets.ts";
import { developmentSections } from "./developmentSections.ts";
import type { CommittedWires } from "./evaluateQap.ts";
import type { DrawOptions } from "./drawKey.ts";

/** The circuit of a development key. */
export type DevelopmentCircuit = {
  /** Content of the r1cs file. */
  readonly r1cs: Uint8Array;
  /** Of a key of commit-and-prove; a plain one where absent. */
  readonly committed?: CommittedWires;
};

/**
 * Draws the secrets of a key, writes it and forgets them: natively where the addon is here and `VOUCH_PROVER` names no other
 * prover, else in TypeScript. Of the same secrets both make the same bytes.
 *
 * @throws {ProverError} `R1CS_INVALID`, `CIRCUIT_TOO_LARGE`, `ABORTED`.
 */
export async function writeDevelopmentKey(
  circuit: DevelopmentCircuit,
  zkey: string,
  options: DrawOptions,
): Promise<void> {
  const secrets = drawSecrets();
  try {
    if (await writeNatively(circuit, secrets, zkey, options)) return;
    const sections = await developmentSections(circuit, secrets, options);
    await writeFile(zkey, encodeZkey(sections));
  } finally {
    secrets.fill(0);
  }
}

/** Returns whether it did: what it refuses, TypeScript refuses by name. */
async function writeNatively(
  { r1cs, committed }: DevelopmentCircuit,
  secrets: Uint8Array,
  zkey: string,
  { onProgress, signal, threads }: DrawOptions,
): Promise<boolean> {
  const write = nativeSetup();
  if (write === undefined) return false;
  checkAborted(signal);
  const step = "development set-up: make the key";
  onProgress?.(step, 0);
  const first = readR1csHeader(r1cs).publicSignals + 1;
  const { count = 0, advice = 0 } = committed ?? {};
  try {
    await write(r1cs, secrets, zkey, {
      ...(committed === undefined ? {} : { groups: { first, weights: count - advice, advice } }),
      ...(signal === undefined ? {} : { signal }),
      ...(threads === undefined ? {} : { threads }),
    });
    onProgress?.(step, 1);
    return true;
  } catch (error) {
    checkAborted(signal);
    if (!(error instanceof NativeError)) throw error;
    if (error.code === "PROVER_FAILED")
      distrust({ prover: "native", fault: "failed", zkey, at: new Date(), error });
    return false;
  }
}
