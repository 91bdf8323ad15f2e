import { p256 } from "@noble/curves/nist.js";
import { concat, getBytes } from "ethers";

/** Returns whether 64 bytes `x ‖ y` are a point of P-256. */
export function isPoint(point: Uint8Array): boolean {
  try {
    p256.Point.fromBytes(encoded(point)).assertValidity();
    return true;
  } catch {
    return false; // what is off the curve is no key: there is nothing else to tell
  }
}

/**
 * Returns whether the key at a point signed the SHA-256 of a message.
 *
 * @param point 64 bytes `x ‖ y`; what is not on the curve signed nothing.
 * @param signature `r ‖ s` in 64 bytes, or in DER as certificates and lists have it; `s` may be in either half.
 */
export function isSignedBy(
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  format: "compact" | "der" = "compact",
): boolean {
  try {
    return p256.verify(signature, message, encoded(point), { lowS: false, format });
  } catch {
    return false; // neither is a signature what cannot be read as one
  }
}

/** As SEC 1 writes a point that is not compressed. */
function encoded(point: Uint8Array): Uint8Array {
  return getBytes(concat(["0x04", point]));
}
