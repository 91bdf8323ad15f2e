import { ProtocolError } from "./errors.ts";
import { SCALAR_FIELD } from "./field.ts";

/** Rounds with an S-box on one element, by the number of inputs from 1 (Grassi et al. 2021, as circomlib instantiates it). */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68] as const;
/** Rounds with an S-box on all, half of them before the others. */
const FULL_ROUNDS = 8;
const FIELD_BITS = 254;
const MAX_INPUTS = PARTIAL_ROUNDS.length;

type Parameters = {
  readonly rounds: number;
  /** One for each element of the state and round. */
  readonly constants: readonly bigint[];
  readonly matrix: readonly (readonly bigint[])[];
};

/** By the number of inputs: they take up to a tenth of a second, once. */
const derived = new Map<number, Parameters>();

/**
 * Returns Poseidon of 1 to 16 elements of the scalar field of BN254, as circomlib defines it: x^5, a state one larger than the
 * input, whose first element is 0 at first and the result at last. Round constants and matrix are derived here, from the paper's
 * generator: as tables they are 600 kB of JavaScript that hardly compress.
 *
 * @throws {ProtocolError} `HASH_INPUT_LENGTH`.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  const { rounds, constants, matrix } = parametersOf(inputs.length);
  let state = [0n, ...inputs];
  const size = state.length;
  for (let round = 0; round < rounds; round++) {
    const isFull = round < FULL_ROUNDS / 2 || round >= rounds - FULL_ROUNDS / 2;
    const mixed = state.map((it, i) => {
      const sum = it + (constants[round * size + i] ?? 0n);
      return isFull || i === 0 ? fifthPower(sum) : sum;
    });
    state = matrix.map(
      (row) => row.reduce((sum, factor, i) => sum + factor * (mixed[i] ?? 0n), 0n) % SCALAR_FIELD,
    );
  }
  return state[0] ?? 0n;
}

function fifthPower(value: bigint): bigint {
  const square = (value * value) % SCALAR_FIELD;
  return (((square * square) % SCALAR_FIELD) * value) % SCALAR_FIELD;
}

function parametersOf(inputs: number): Parameters {
  const known = derived.get(inputs);
  if (known !== undefined) return known;
  const partialRounds = PARTIAL_ROUNDS[inputs - 1];
  if (partialRounds === undefined)
    throw new ProtocolError({ code: "HASH_INPUT_LENGTH", length: inputs, limit: MAX_INPUTS });
  const size = inputs + 1;
  const rounds = FULL_ROUNDS + partialRounds;
  const draw = grain(size, partialRounds);
  const constants = Array.from({ length: rounds * size }, () => {
    let value = draw();
    while (value >= SCALAR_FIELD) value = draw();
    return value;
  });
  const points = Array.from({ length: 2 * size }, () => draw() % SCALAR_FIELD);
  const [rows, columns] = [points.slice(0, size), points.slice(size)];
  const matrix = rows.map((x) => columns.map((y) => inverse(x + y)));
  const parameters = { rounds, constants, matrix };
  derived.set(inputs, parameters);
  return parameters;
}

const REGISTER = 80;
const TAPS = [62, 51, 38, 23, 13, 0] as const;
const DISCARDED = 160;

/** Returns the paper's generator of numbers of the field's width: a register of 80 bits, of whose output every second bit says whether the next counts. */
function grain(size: number, partialRounds: number): () => bigint {
  const seed = [
    ...[...bitsOf(1, 2), ...bitsOf(0, 4), ...bitsOf(FIELD_BITS, 12), ...bitsOf(size, 12)],
    ...[...bitsOf(FULL_ROUNDS, 10), ...bitsOf(partialRounds, 10), ...bitsOf(2 ** 30 - 1, 30)],
  ];
  const register = Uint8Array.from(seed);
  let at = 0;
  const step = (): number => {
    let bit = 0;
    for (const tap of TAPS) bit ^= register[(at + tap) % REGISTER] ?? 0;
    register[at] = bit;
    at = (at + 1) % REGISTER;
    return bit;
  };
  for (let i = 0; i < DISCARDED; i++) step();
  const next = (): number => {
    while (step() === 0) step();
    return step();
  };
  return () => {
    let digits = "0b";
    for (let i = 0; i < FIELD_BITS; i++) digits += String(next());
    return BigInt(digits);
  };
}

/** Most significant first. */
function bitsOf(value: number, width: number): number[] {
  return Array.from(value.toString(2).padStart(width, "0"), Number);
}

/** By Fermat's little theorem. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, value % SCALAR_FIELD];
  for (let exponent = SCALAR_FIELD - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % SCALAR_FIELD;
    base = (base * base) % SCALAR_FIELD;
  }
  return result;
}
