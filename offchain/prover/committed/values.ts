import { ProverError } from "../errors.ts";
import { randomElement } from "../setup/scalarField.ts";
import { SCALAR_BYTES } from "../setup/wasmCurve.ts";
import { writeElement } from "../witness/writeElement.ts";
import { fromLittleEndian } from "../zkeyFile.ts";

/** Values of committed wires in their order: field elements (`-v` stands for `p - v`), or 32 bytes each, little-endian. */
export type CommittedValues = readonly bigint[] | Uint8Array;

/** Magic, version, count; section head, size, prime, count; section head. */
const WITNESS_HEADER_BYTES = 12 + (12 + 4 + SCALAR_BYTES + 4) + 12;

/** Returns a blind: a fresh uniform field element for every commitment. */
export function drawBlind(): bigint {
  return fromLittleEndian(randomElement());
}

/** 32 bytes each, little-endian, below the scalar field's order. */
export function encodeValues(values: CommittedValues): Uint8Array {
  if (values instanceof Uint8Array) return values;
  const bytes = new Uint8Array(values.length * SCALAR_BYTES);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    writeElement(view, i * SCALAR_BYTES, value);
  });
  return bytes;
}

/**
 * Returns the values in a `.wtns` file's content, 32 bytes a wire, not copied.
 *
 * @throws {ProverError} `WITNESS_LENGTH`.
 */
export function witnessBytes(witness: Uint8Array, wires: number): Uint8Array {
  const length = (witness.length - WITNESS_HEADER_BYTES) / SCALAR_BYTES;
  if (length !== wires) throw new ProverError({ code: "WITNESS_LENGTH", length, wires });
  return witness.subarray(WITNESS_HEADER_BYTES);
}

/**
 * Demands that a witness has what was committed to on its wires.
 *
 * @throws {ProverError} `COMMITTED_VALUES`, naming the first wire that differs.
 */
export function requireCommitted(
  values: Uint8Array,
  committed: Uint8Array,
  firstWire: number,
): void {
  const start = firstWire * SCALAR_BYTES;
  const found = values.subarray(start, start + committed.length);
  if (Buffer.compare(found, committed) === 0) return;
  const at = committed.findIndex((it, i) => it !== found[i]);
  throw new ProverError({ code: "COMMITTED_VALUES", wire: firstWire + Math.floor(at / SCALAR_BYTES) }); // prettier-ignore
}
