import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** Returns the key of a point on P-256 (64 bytes `x ‖ y`); undefined where it is not on the curve. */
export function publicKeyAt(point: Uint8Array): KeyObject | undefined {
  const half = (from: number): string =>
    Buffer.from(point.subarray(from, from + 32)).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: half(0), y: half(32) };
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return undefined; // who draws a point off the curve has no key: there is nothing else to tell
  }
}

/**
 * Returns whether the key at a point signed the SHA-256 of a message.
 *
 * @param signature `r ‖ s` in 64 bytes; `s` may be in either half.
 */
export function isSignedBy(point: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKeyAt(point);
  if (key === undefined) return false;
  return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
}
