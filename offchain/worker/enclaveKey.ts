import { randomBytes } from "node:crypto";
import type { Hex } from "@vouch/protocol";
import { SigningKey, computeAddress } from "ethers";

/** A secp256k1 key that this process made: it signs, and nothing here gives it out. */
export type EnclaveKey = {
  readonly address: Hex;
  /** Signs 32 bytes as they are; r, s, v in 65 bytes, s in the lower half of the order. */
  readonly signDigest: (digest: Hex) => Hex;
};

/**
 * Makes a key. Only the closure holds it, so that neither a log nor a look at the object shows it; a process that starts again
 * makes another one.
 *
 * Whoever reads the process's memory reads it all the same: V8's inspector, which SIGUSR1 opens, and a core dump show closures.
 * The image has to forbid both (docs/operate.md, "The process").
 */
export function makeEnclaveKey(): EnclaveKey {
  const key = new SigningKey(randomBytes(32));
  return {
    address: computeAddress(key.publicKey).toLowerCase() as Hex,
    signDigest: (digest) => key.sign(digest).serialized as Hex,
  };
}
