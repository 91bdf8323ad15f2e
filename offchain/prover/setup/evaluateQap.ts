import { setImmediate } from "node:timers/promises";
import type { R1csHeader } from "../r1csHeader.ts";
import { combinations, domainPower, TERM_BYTES } from "./constraintTerms.ts";
import { scalarField } from "./scalarField.ts";
import { instantiateCurve, SCALAR_BYTES } from "./wasmCurve.ts";
import type { CurveCode } from "./wasmCurve.ts";

/** Scalars behind a proving key, 32 bytes each, little-endian. Whoever sees them can forge. */
export type KeyScalars = {
  /** alpha, beta, delta. */
  readonly secrets: Uint8Array<ArrayBuffer>;
  /** a_s(tau), one for each wire s. */
  readonly a: Uint8Array<ArrayBuffer>;
  readonly b: Uint8Array<ArrayBuffer>;
  /** beta·a_s + alpha·b_s + c_s at tau, of the constant and the public wires; gamma is 1. */
  readonly ic: Uint8Array<ArrayBuffer>;
  /** The same divided by delta, of the other wires. */
  readonly c: Uint8Array<ArrayBuffer>;
  /**
   * The odd Lagrange polynomials of the doubled domain at tau, divided by delta. The prover has the quotient times the
   * vanishing polynomial at those points, where that is zero at all even ones; hence no factor Z(tau).
   */
  readonly h: Uint8Array<ArrayBuffer>;
};

const ROWS_A_TURN = 4096;

/**
 * Draws tau, alpha, beta and delta and evaluates the QAP of the constraints at tau (Groth, EUROCRYPT 2016, section 3.2),
 * over the domain and with the extra rows that snarkjs uses. The secrets live in this instance's memory until the call
 * ends, which overwrites it.
 */
export async function evaluateQap(
  curve: CurveCode,
  bytes: Uint8Array,
  header: R1csHeader,
): Promise<KeyScalars> {
  const wasm = instantiateCurve(curve);
  const field = scalarField(wasm);
  const power = domainPower(header);
  const [root, doubledRoot] = [curve.roots[power], curve.roots[power + 1]];
  if (root === undefined || doubledRoot === undefined) throw new RangeError("no root of unity");

  try {
    const secrets = field.alloc(3);
    const [alpha, beta, delta] = [secrets, secrets + SCALAR_BYTES, secrets + 2 * SCALAR_BYTES];
    for (const it of [alpha, beta, delta]) field.draw(it);
    const tau = field.alloc(1);
    const lagrange = field.alloc(2 ** power);
    const odd = field.alloc(2 ** power);
    // Drawn again with probability below 2^-220: where tau lies in a domain.
    do field.draw(tau);
    while (
      !field.lagrange(tau, root, power, lagrange, { first: 0, step: 1 }) ||
      !field.lagrange(tau, doubledRoot, power + 1, odd, { first: 1, step: 2 })
    );

    // Coefficients are plain and the basis is in Montgomery form, so the products and sums are plain.
    const sums = {
      a: field.alloc(header.wires),
      b: field.alloc(header.wires),
      c: field.alloc(header.wires),
    };
    const term = field.alloc(1);
    let turn = 0;
    for (const { side, row, terms } of combinations(bytes, header)) {
      if (row >= turn + ROWS_A_TURN) {
        turn = row;
        await setImmediate(); // lets the process do other work
      }
      for (let i = 0; i < terms.byteLength; i += TERM_BYTES) {
        const coefficient = new Uint8Array(terms.buffer, terms.byteOffset + i + 4, SCALAR_BYTES);
        field.write(term, coefficient);
        field.mul(term, lagrange + row * SCALAR_BYTES, term);
        const sum = sums[side] + terms.getUint32(i, true) * SCALAR_BYTES;
        field.add(sum, term, sum);
      }
    }
    for (let wire = 0; wire <= header.publicSignals; wire++) {
      field.fromMontgomery(lagrange + (header.constraints + wire) * SCALAR_BYTES, term);
      const sum = sums.a + wire * SCALAR_BYTES;
      field.add(sum, term, sum);
    }

    const inverse = field.alloc(1);
    field.inverse(delta, inverse);
    const combined = field.alloc(header.wires);
    for (let wire = 0; wire < header.wires; wire++) {
      const at = wire * SCALAR_BYTES;
      const sum = combined + at;
      field.mul(sums.a + at, beta, sum);
      field.mul(sums.b + at, alpha, term);
      field.add(sum, term, sum);
      field.add(sum, sums.c + at, sum);
      if (wire > header.publicSignals) field.mul(sum, inverse, sum);
    }
    for (let i = 0; i < 2 ** power; i++) {
      const at = odd + i * SCALAR_BYTES;
      field.mul(at, inverse, at);
      field.fromMontgomery(at, at);
    }
    for (const it of [alpha, beta, delta]) field.fromMontgomery(it, it);

    const split = header.publicSignals + 1;
    return {
      secrets: field.read(secrets, 3),
      a: field.read(sums.a, header.wires),
      b: field.read(sums.b, header.wires),
      ic: field.read(combined, split),
      c: field.read(combined + split * SCALAR_BYTES, header.wires - split),
      h: field.read(odd, 2 ** power),
    };
  } finally {
    wasm.bytes().fill(0);
  }
}
