import { randomBytes } from "node:crypto";
import type { Hex } from "@vouch/protocol";
import { SigningKey, computeAddress } from "ethers";

/** A secp256k1 key that this process made: it signs, and leaves the process in no form. */
export type EnclaveKey = {
  readonly address: Hex;
  /** Signs 32 bytes as they are; r, s, v in 65 bytes, s in the lower half of the order. */
  readonly signDigest: (digest: Hex) => Hex;
};

/**
 * Makes a key. Only the closure holds it, so that neither a log, a snapshot of state nor an inspector of objects shows it; a
 * process that starts again makes another one.
 */
export function makeEnclaveKey(): EnclaveKey {
  const key = new SigningKey(randomBytes(32));
  return {
    address: computeAddress(key.publicKey).toLowerCase() as Hex,
    signDigest: (digest) => key.sign(digest).serialized as Hex,
  };
}
