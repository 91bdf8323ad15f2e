import { ProverError } from "../errors.ts";

/** `Σ coefficient · witness[wire]`; each wire occurs once, no coefficient is zero. */
export type LinearCombination = readonly (readonly [wire: number, coefficient: bigint])[];

/** `a · b = c` modulo the prime. */
export type Constraint = {
  readonly a: LinearCombination;
  readonly b: LinearCombination;
  readonly c: LinearCombination;
};

/**
 * A rank-1 constraint system. Wire 0 is the constant 1; public outputs, public inputs and private inputs follow in this
 * order, then the intermediate wires.
 */
export type R1cs = {
  readonly prime: bigint;
  readonly wires: number;
  readonly publicOutputs: number;
  readonly publicInputs: number;
  readonly privateInputs: number;
  readonly constraints: readonly Constraint[];
};

const MAGIC = 0x73633172; // "r1cs", little-endian
const HEADER_SECTION = 1;
const CONSTRAINT_SECTION = 2;

/**
 * Reads a `.r1cs` file, format version 1 (github.com/iden3/r1csfile, doc/r1cs_bin_format.md).
 *
 * @throws {ProverError} `R1CS_INVALID` if the file is not of that format or ends early.
 */
export function readR1cs(bytes: Uint8Array): R1cs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return parse(view);
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid("the file ends early", cause);
    throw cause;
  }
}

function parse(view: DataView): R1cs {
  if (view.getUint32(0, true) !== MAGIC) throw invalid("the file does not begin with r1cs");
  if (view.getUint32(4, true) !== 1) throw invalid("the format version is not 1");

  const sections = new Map<number, number>();
  let at = 12;
  for (let i = 0; i < view.getUint32(8, true); i++) {
    sections.set(view.getUint32(at, true), at + 12);
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  const header = sections.get(HEADER_SECTION);
  const body = sections.get(CONSTRAINT_SECTION);
  if (header === undefined || body === undefined) throw invalid("a section is missing");

  const size = view.getUint32(header, true);
  if (size !== 32) throw invalid("field elements are not of 32 bytes");
  const counts = header + 4 + size;
  const wires = view.getUint32(counts, true);
  const constraintCount = view.getUint32(counts + 24, true);

  let position = body;
  const combination = (): LinearCombination => {
    const terms = view.getUint32(position, true);
    position += 4;
    // Checked before anything is allocated, so that a forged count cannot exhaust memory.
    if (terms * 36 > view.byteLength - position) throw invalid("the file ends early");
    const result: [number, bigint][] = [];
    for (let i = 0; i < terms; i++, position += 36) {
      const wire = view.getUint32(position, true);
      if (wire >= wires) throw invalid("a wire does not exist");
      result.push([wire, uint256(view, position + 4)]);
    }
    return result;
  };

  const constraints: Constraint[] = [];
  for (let i = 0; i < constraintCount; i++) {
    const a = combination();
    const b = combination();
    const c = combination();
    constraints.push({ a, b, c });
  }
  return {
    prime: uint256(view, header + 4),
    wires,
    publicOutputs: view.getUint32(counts + 4, true),
    publicInputs: view.getUint32(counts + 8, true),
    privateInputs: view.getUint32(counts + 12, true),
    constraints,
  };
}

function uint256(view: DataView, at: number): bigint {
  let value = 0n;
  for (let i = 24; i >= 0; i -= 8) value = (value << 64n) | view.getBigUint64(at + i, true);
  return value;
}

function invalid(reason: string, cause?: unknown): ProverError {
  return new ProverError({ code: "R1CS_INVALID", reason }, { cause });
}
