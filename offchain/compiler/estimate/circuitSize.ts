/** `[c, z, e]` (docs/statement.md, section 4). */
const PUBLIC_SIGNALS = 3;

/** Largest domain that the set-up of this version makes a key for. */
export const MAX_POWER = 22;

/** How a circuit fills its domain. */
export type DomainFill = {
  readonly power: number;
  /** Rows of the QAP: constraints, and one for each public signal and the constant. */
  readonly rows: number;
  /** Rows that could be added at no cost in proving. */
  readonly free: number;
  /** Rows by which it misses the next lower power of two. */
  readonly over: number;
};

/** Domain of a circuit, as the set-up picks it. */
export function domainFill(constraints: number): DomainFill {
  const rows = constraints + PUBLIC_SIGNALS + 1;
  const power = Math.ceil(Math.log2(rows));
  return { power, rows, free: 2 ** power - rows, over: rows - 2 ** (power - 1) };
}

/** Sizes of what is stored and loaded for a proof, in bytes. */
export type ArtefactBytes = { readonly witness: number; readonly provingKey: number };

/** `.wtns`: two sections, of 40 bytes and of all wires (snarkjs 0.7.6, src/wtns_utils.js). */
const WITNESS_HEADER = 12 + (12 + 40) + 12;
const WIRE_BYTES = 32;
/** `.zkey`: ten section heads, protocol, field and points, number of coefficients, contributions. */
const KEY_HEADER = 12 + 10 * 12 + 4 + (84 + 3 * (64 + 128)) + 4 + 68;
/** A matrix, a row, a wire and a value. */
const COEFFICIENT_BYTES = 44;
const G1_BYTES = 64;
const G2_BYTES = 128;

/** Sections of a commit-and-prove key beside a plain one's: groups, and the bases of the weights and of the advice. */
const COMMITTED_HEADER = 3 * 12 + 20;

/** What a circuit of commit-and-prove has beside its constraints. */
export type CommittedSize = {
  /** Committed wires: weights and advice, blinds included. */
  readonly inputs: number;
  readonly advice: number;
  readonly coefficients: number;
};

/** Likewise by commit-and-prove: committed inputs are wires of their own, and the advice has a second base each. */
export function committedBytes(
  constraints: number,
  { inputs, advice, coefficients }: CommittedSize,
): ArtefactBytes {
  const { power } = domainFill(constraints);
  const wires = constraints + inputs;
  const points = wires * (3 * G1_BYTES + G2_BYTES) + G1_BYTES * (2 ** power + advice);
  return {
    witness: WITNESS_HEADER + WIRE_BYTES * wires,
    provingKey: KEY_HEADER + COMMITTED_HEADER + points + COEFFICIENT_BYTES * coefficients,
  };
}

/**
 * A witness has about one wire for each constraint; a key has points of each kind for each wire, the coefficients of the
 * constraints, and one point for each point of the domain.
 */
export function artefactBytes(constraints: number, coefficients: number): ArtefactBytes {
  const { power } = domainFill(constraints);
  const points = constraints * (3 * G1_BYTES + G2_BYTES) + G1_BYTES * 2 ** power;
  return {
    witness: WITNESS_HEADER + WIRE_BYTES * constraints,
    provingKey: KEY_HEADER + points + COEFFICIENT_BYTES * coefficients,
  };
}
