import { SCALAR_FIELD } from "@vouch/protocol";
import { ProverError } from "./errors.ts";

/** Counts of a `.r1cs` file, and where its constraints begin. */
export type R1csHeader = {
  /** Wires, the constant 1 (wire 0) included. */
  readonly wires: number;
  /** Public outputs and inputs: wires 1 to `publicSignals`. */
  readonly publicSignals: number;
  readonly constraints: number;
  /** Offset of the first constraint in the file. */
  readonly body: number;
};

/**
 * Reads the header of a `.r1cs` file over BN254 (github.com/iden3/r1csfile, doc/r1cs_bin_format.md).
 *
 * @throws {ProverError} `R1CS_INVALID` if the file is not of that format or ends early.
 */
export function readR1csHeader(bytes: Uint8Array): R1csHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return parse(view);
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid("it ends early", cause);
    throw cause;
  }
}

function parse(view: DataView): R1csHeader {
  const magic = Array.from({ length: 4 }, (_, i) => String.fromCharCode(view.getUint8(i))).join("");
  if (magic !== "r1cs" || view.getUint32(4, true) !== 1)
    throw invalid("it is no r1cs of version 1");

  const sections = new Map<number, number>();
  let at = 12;
  for (let i = 0; i < view.getUint32(8, true); i++) {
    sections.set(view.getUint32(at, true), at + 12);
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  if (at > view.byteLength) throw invalid("it ends early");
  const header = sections.get(1);
  const body = sections.get(2);
  if (header === undefined || body === undefined) throw invalid("a section is missing");

  let prime = 0n;
  for (let i = 24; i >= 0; i -= 8) prime = (prime << 64n) | view.getBigUint64(header + 4 + i, true);
  if (view.getUint32(header, true) !== 32 || prime !== SCALAR_FIELD) {
    throw invalid("its field is not the scalar field of BN254");
  }
  return {
    wires: view.getUint32(header + 36, true),
    publicSignals: view.getUint32(header + 40, true) + view.getUint32(header + 44, true),
    constraints: view.getUint32(header + 60, true),
    body,
  };
}

function invalid(reason: string, cause?: unknown): ProverError {
  return new ProverError({ code: "R1CS_INVALID", reason }, { cause });
}
