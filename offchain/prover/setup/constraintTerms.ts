import { ProverError } from "../errors.ts";
import { SCALAR_BYTES } from "./wasmCurve.ts";
import type { R1csHeader } from "../r1csHeader.ts";

/** Which side of `a · b = c`. */
export type Side = "a" | "b" | "c";

/** One linear combination; `terms` are `[wire: u32, coefficient: 32 bytes]`, little-endian, as in the file. */
export type Combination = {
  readonly side: Side;
  readonly row: number;
  readonly terms: DataView;
};

export const TERM_BYTES: number = 4 + SCALAR_BYTES;
const SIDES = ["a", "b", "c"] as const;

/**
 * Walks all linear combinations of a `.r1cs` file without decoding coefficients, in the order of the file.
 *
 * @throws {ProverError} `R1CS_INVALID` where the file ends early or names a wire that it does not have.
 */
export function* combinations(bytes: Uint8Array, header: R1csHeader): Generator<Combination> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = header.body;
  for (let row = 0; row < header.constraints; row++) {
    for (const side of SIDES) {
      const length = at + 4 <= view.byteLength ? view.getUint32(at, true) * TERM_BYTES : Infinity;
      at += 4;
      if (length > view.byteLength - at) {
        throw new ProverError({ code: "R1CS_INVALID", reason: "it ends early" });
      }
      const terms = new DataView(view.buffer, view.byteOffset + at, length);
      for (let i = 0; i < length; i += TERM_BYTES) {
        if (terms.getUint32(i, true) >= header.wires) {
          throw new ProverError({ code: "R1CS_INVALID", reason: "a wire does not exist" });
        }
      }
      yield { side, row, terms };
      at += length;
    }
  }
}

/** Rows of the QAP: the constraints, and one that binds each public signal and the constant (`1 · wire`, in a). */
export function rowCount(header: Pick<R1csHeader, "constraints" | "publicSignals">): number {
  return header.constraints + header.publicSignals + 1;
}

/** Base-2 logarithm of the smallest domain that has a point for each row, as snarkjs picks it. */
export function domainPower(header: Pick<R1csHeader, "constraints" | "publicSignals">): number {
  return Math.ceil(Math.log2(rowCount(header)));
}
