import { p256 } from "@noble/curves/nist.js";
import { getBytes, sha256, toUtf8Bytes } from "ethers";

/** A key on P-256 that everybody can derive: what it signs proves nothing. */
export type SimulatedKey = {
  readonly secret: Uint8Array;
  /** 64 bytes `x ‖ y`. */
  readonly publicKey: Uint8Array;
};

/** Returns the key of a name; that of `root` is the one that `EnclaveAuthorities` knows. */
export function simulatedKey(name: string): SimulatedKey {
  const secret = getBytes(sha256(toUtf8Bytes(`vouch.simulated.enclave.${name}.v1`)));
  return { secret, publicKey: p256.getPublicKey(secret, false).slice(1) };
}

/** Returns the signature (64 bytes `r ‖ s`) of the SHA-256 of a message; the same one each time (RFC 6979). */
export function sign(key: SimulatedKey, message: Uint8Array): Uint8Array {
  return p256.sign(message, key.secret, { lowS: false });
}
