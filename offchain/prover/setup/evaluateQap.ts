import { setImmediate } from "node:timers/promises";
import { ProverError } from "../errors.ts";
import type { R1csHeader } from "../r1csHeader.ts";
import { combinations, domainPower, TERM_BYTES } from "./constraintTerms.ts";
import { scalarField } from "./scalarField.ts";
import { instantiateCurve, SCALAR_BYTES } from "./wasmCurve.ts";
import type { CurveCode, Pointer } from "./wasmCurve.ts";

/** Wires right behind the public ones that a proof commits to apart (docs/proving.md); none in plain Groth16. */
export type CommittedWires = {
  readonly count: number;
  /** Of these the last so many, which a proof shows knowledge of. */
  readonly advice: number;
};

/** Scalars behind a proving key, 32 bytes each, little-endian. Whoever sees them can forge. */
export type KeyScalars = {
  /** alpha, beta, delta, sigma. */
  readonly secrets: Uint8Array<ArrayBuffer>;
  /** a_s(tau), one for each wire s. */
  readonly a: Uint8Array<ArrayBuffer>;
  readonly b: Uint8Array<ArrayBuffer>;
  /** beta·a_s + alpha·b_s + c_s at tau, of the constant and the public wires; gamma is 1. */
  readonly ic: Uint8Array<ArrayBuffer>;
  /** The same of the committed wires. */
  readonly bases: Uint8Array<ArrayBuffer>;
  /** The same times sigma, of the advice. */
  readonly knowledge: Uint8Array<ArrayBuffer>;
  /** The same divided by delta, of the other wires. */
  readonly c: Uint8Array<ArrayBuffer>;
  /**
   * The odd Lagrange polynomials of the doubled domain at tau, divided by delta. The prover has the quotient times the
   * vanishing polynomial at those points, where that is zero at all even ones; hence no factor Z(tau).
   */
  readonly h: Uint8Array<ArrayBuffer>;
};

/** Plain Groth16's. */
export const NO_COMMITTED_WIRES: CommittedWires = { count: 0, advice: 0 };

/** alpha, beta, delta and sigma, behind tau. */
const SECRETS = 4;
const ROWS_A_TURN = 4096;

/**
 * Evaluates the QAP of the constraints at tau (Groth, EUROCRYPT 2016, section 3.2), over the domain and with the extra rows
 * that snarkjs uses. The secrets live in this instance's memory until the call ends, which overwrites it.
 *
 * @param given of `drawSecrets`
 * @throws {ProverError} `SETUP_FAILED` where tau is in a domain: of probability below 2^-220 where it was drawn.
 */
export async function evaluateQap(
  curve: CurveCode,
  bytes: Uint8Array,
  header: R1csHeader,
  given: Uint8Array,
  committed: CommittedWires = NO_COMMITTED_WIRES,
): Promise<KeyScalars> {
  const wasm = instantiateCurve(curve);
  const field = scalarField(wasm);
  const power = domainPower(header);
  const [root, doubledRoot] = [curve.roots[power], curve.roots[power + 1]];
  if (root === undefined || doubledRoot === undefined) throw new RangeError("no root of unity");

  try {
    const secrets = field.alloc(SECRETS);
    const drawn = Array.from({ length: SECRETS }, (_, i) => secrets + i * SCALAR_BYTES);
    const [alpha, beta, delta, sigma] = drawn as [Pointer, Pointer, Pointer, Pointer]; // four of them
    const tau = field.alloc(1);
    for (const [i, it] of [tau, ...drawn].entries()) {
      field.write(it, given.subarray(i * SCALAR_BYTES, (i + 1) * SCALAR_BYTES));
      field.toMontgomery(it, it);
    }
    const lagrange = field.alloc(2 ** power);
    const odd = field.alloc(2 ** power);
    const isOutside =
      field.lagrange(tau, root, power, lagrange, { first: 0, step: 1 }) &&
      field.lagrange(tau, doubledRoot, power + 1, odd, { first: 1, step: 2 });
    if (!isOutside)
      throw new ProverError({ code: "SETUP_FAILED", reason: "tau is in the domain: draw again" });

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

    const split = header.publicSignals + 1;
    const firstOther = split + committed.count;
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
      if (wire >= firstOther) field.mul(sum, inverse, sum);
    }
    const firstAdvice = firstOther - committed.advice;
    const knowledge = field.alloc(committed.advice);
    for (let i = 0; i < committed.advice; i++) {
      field.mul(combined + (firstAdvice + i) * SCALAR_BYTES, sigma, knowledge + i * SCALAR_BYTES);
    }
    for (let i = 0; i < 2 ** power; i++) {
      const at = odd + i * SCALAR_BYTES;
      field.mul(at, inverse, at);
      field.fromMontgomery(at, at);
    }
    for (const it of drawn) field.fromMontgomery(it, it);

    return {
      secrets: field.read(secrets, SECRETS),
      a: field.read(sums.a, header.wires),
      b: field.read(sums.b, header.wires),
      ic: field.read(combined, split),
      bases: field.read(combined + split * SCALAR_BYTES, committed.count),
      knowledge: field.read(knowledge, committed.advice),
      c: field.read(combined + firstOther * SCALAR_BYTES, header.wires - firstOther),
      h: field.read(odd, 2 ** power),
    };
  } finally {
    wasm.bytes().fill(0);
  }
}
