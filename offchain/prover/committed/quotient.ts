import type { Curve } from "ffjavascript";
import { loadCurveCode } from "../setup/curveCode.ts";
import { instantiateCurve, SCALAR_BYTES } from "../setup/wasmCurve.ts";

const ENTRY_BYTES = 44;

/**
 * Returns the scalars of the points in section 9: with the polynomials a and b that the witness makes of the QAP's rows,
 * and c their product's, `a·b - c` at the odd points of the doubled domain, plain. That polynomial is zero at the even
 * ones; its value at the odd ones is what the points are the Lagrange basis of.
 *
 * @param coefficients section 4
 * @param witness 32 bytes a wire, plain
 */
export async function quotientValues(
  { Fr }: Curve,
  coefficients: Uint8Array,
  witness: Uint8Array,
  domainSize: number,
): Promise<Uint8Array> {
  const wasm = instantiateCurve(await loadCurveCode());
  const bytes = domainSize * SCALAR_BYTES;
  const read = (at: number): Uint8Array => wasm.bytes().slice(at, at + bytes);
  try {
    const [a, b, c] = [wasm.alloc(bytes), wasm.alloc(bytes), wasm.alloc(bytes)];
    const wires = wasm.alloc(witness.length);
    const entries = wasm.alloc(coefficients.length - 4);
    wasm.bytes().set(witness, wires);
    wasm.bytes().set(coefficients.subarray(4), entries);
    const count = (coefficients.length - 4) / ENTRY_BYTES;
    const range = [0, domainSize, 0, witness.length / SCALAR_BYTES];
    wasm.call("qap_buildABC")(entries, count, wires, a, b, c, ...range);

    // A root of unity of the doubled domain shifts each polynomial from the even points to the odd ones.
    const shift = Fr.w[Math.log2(domainSize) + 1];
    if (shift === undefined) throw new RangeError("no root of unity");
    for (const at of [a, b, c]) {
      const polynomial = await Fr.ifft(read(at));
      const shifted = await Fr.batchApplyKey(polynomial, Fr.one, shift);
      wasm.bytes().set(await Fr.fft(shifted), at);
    }
    wasm.call("qap_joinABC")(a, b, c, domainSize, a);
    wasm.call("frm_batchFromMontgomery")(a, domainSize, a);
    return read(a);
  } finally {
    wasm.bytes().fill(0);
  }
}
