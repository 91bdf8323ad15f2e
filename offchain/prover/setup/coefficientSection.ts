import type { R1csHeader } from "../r1csHeader.ts";
import { combinations, rowCount, TERM_BYTES } from "./constraintTerms.ts";
import { instantiateCurve, SCALAR_BYTES } from "./wasmCurve.ts";
import type { CurveCode } from "./wasmCurve.ts";

const ENTRY_BYTES = 12 + SCALAR_BYTES;

/**
 * Section 4 of a zkey: the entries of the QAP's matrices a and b, `[matrix, row, wire: u32, value: 32 bytes]`, with the
 * value v stored as v · R² (R the Montgomery radix), so that multiplying by a plain witness value gives Montgomery form.
 */
export function coefficientSection(
  curve: CurveCode,
  bytes: Uint8Array,
  header: R1csHeader,
): Uint8Array {
  let count = header.publicSignals + 1;
  for (const { side, terms } of combinations(bytes, header)) {
    if (side !== "c") count += terms.byteLength / TERM_BYTES;
  }

  const section = new Uint8Array(4 + count * ENTRY_BYTES);
  const view = new DataView(section.buffer);
  view.setUint32(0, count, true);
  const wasm = instantiateCurve(curve);
  const toMontgomery = wasm.call("frm_toMontgomery");
  const value = wasm.alloc(SCALAR_BYTES);
  const memory = wasm.bytes();
  let at = 4;
  const add = (matrix: number, row: number, wire: number, coefficient: Uint8Array): void => {
    view.setUint32(at, matrix, true);
    view.setUint32(at + 4, row, true);
    view.setUint32(at + 8, wire, true);
    memory.set(coefficient, value);
    toMontgomery(value, value);
    toMontgomery(value, value);
    section.set(memory.subarray(value, value + SCALAR_BYTES), at + 12);
    at += ENTRY_BYTES;
  };

  for (const { side, row, terms } of combinations(bytes, header)) {
    if (side === "c") continue;
    for (let i = 0; i < terms.byteLength; i += TERM_BYTES) {
      const coefficient = new Uint8Array(terms.buffer, terms.byteOffset + i + 4, SCALAR_BYTES);
      add(side === "a" ? 0 : 1, row, terms.getUint32(i, true), coefficient);
    }
  }
  const one = Uint8Array.of(1, ...new Uint8Array(SCALAR_BYTES - 1));
  for (let wire = 0; wire <= header.publicSignals; wire++) {
    add(0, rowCount(header) - header.publicSignals - 1 + wire, wire, one);
  }
  return section;
}
