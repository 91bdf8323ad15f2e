import { SCALAR_BYTES } from "./wasmCurve.ts";
import { randomElement } from "./scalarField.ts";

/** What a development key is made of, in this order. */
const SECRETS = ["tau", "alpha", "beta", "delta", "sigma"] as const;

/**
 * Draws tau, alpha, beta, delta and sigma: 32 bytes each, little-endian, uniform below the scalar field's order and not 0.
 * Whoever sees them can forge; `fill(0)` once the key is made.
 */
export function drawSecrets(): Uint8Array {
  const secrets = new Uint8Array(SECRETS.length * SCALAR_BYTES);
  for (const at of SECRETS.keys()) {
    const element = randomElement();
    secrets.set(element, at * SCALAR_BYTES);
    element.fill(0);
  }
  return secrets;
}
