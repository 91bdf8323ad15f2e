import { p256, p384 } from "@noble/curves/nist.js";
import { concat, getBytes, sha256, toUtf8Bytes } from "ethers";

/** NIST's curves: Intel signs on the first, AWS on the second. */
const CURVES = { p256, p384 } as const;

/** A key that everybody can derive: what it signs proves nothing. */
export type SimulatedKey = {
  readonly curve: keyof typeof CURVES;
  readonly secret: Uint8Array;
  /** `x ‖ y`: 64 bytes on P-256, 96 on P-384. */
  readonly publicKey: Uint8Array;
};

/** Returns the key of a name; that of `root` is the one that `EnclaveAuthorities` knows. */
export function simulatedKey(name: string, curve: SimulatedKey["curve"] = "p256"): SimulatedKey {
  const hash = sha256(toUtf8Bytes(`vouch.simulated.enclave.${name}.v1`));
  const { secretKey = 32 } = CURVES[curve].lengths;
  const secret = getBytes(concat([new Uint8Array(secretKey - 32), hash]));
  return { curve, secret, publicKey: CURVES[curve].getPublicKey(secret, false).slice(1) };
}

/** Returns the signature `r ‖ s` of the curve's hash of a message, SHA-256 or SHA-384; the same one each time (RFC 6979). */
export function sign(key: SimulatedKey, message: Uint8Array): Uint8Array {
  return CURVES[key.curve].sign(message, key.secret, { lowS: false });
}
