import { AbiCoder, concat, id, keccak256, toUtf8Bytes } from "ethers";
import type { NitroDocument } from "./readNitro.ts";

/**
 * Registers of the machine below the enclave: PCR3 is the role of the parent instance, PCR4 its id. They say who rents which
 * machine and nothing of what runs; an approval that named them would have to be given again for every machine.
 */
const OF_PARENT: readonly number[] = [3, 4];
const TAG = id("vouch.nitro.v1");
const SIMULATED = toUtf8Bytes("vouch.simulated.v1");

/** What AWS measures into which register; the others are the enclave's own. */
export const REGISTER_ROLES: ReadonlyMap<number, string> = new Map([
  [0, "image"],
  [1, "kernel and bootstrap"],
  [2, "application"],
  [3, "role of the parent instance"],
  [4, "id of the parent instance"],
  [8, "certificate that signed the image"],
]);

/**
 * Returns the hash of a document's registers, without those of the parent instance: what the image is (PCR0, 1, 2 and 8), and
 * what it has written into registers itself, as the configuration that it was started with.
 *
 * Of each register that is not all zeros, in ascending order: `index (1) ‖ length (1) ‖ value`. One that is not there counts
 * as zeros: nothing was written into it, or nothing that is locked.
 */
export function registersHash(pcrs: NitroDocument["pcrs"]): string {
  const written = [...pcrs]
    .filter(([index, value]) => !OF_PARENT.includes(index) && !isZero(value))
    .sort(([a], [b]) => a - b)
    .map(([index, value]) => concat([Uint8Array.of(index, value.length), value]));
  return keccak256(concat(written));
}

/**
 * Returns the measurement of an enclave that a quorum of registrars vouches for: what a publisher approves, or a policy pins.
 *
 * @param quorum id of the registrars.
 * @param registers as `registersHash` gives it.
 */
export function nitroMeasurement(quorum: string, registers: string, simulated: boolean): string {
  const types = ["bytes32", "bytes32", "bytes32"];
  const measured = keccak256(AbiCoder.defaultAbiCoder().encode(types, [TAG, quorum, registers]));
  return simulated ? keccak256(concat([SIMULATED, measured])) : measured;
}

/** Whether nothing was written into a register. */
export function isZero(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0);
}
