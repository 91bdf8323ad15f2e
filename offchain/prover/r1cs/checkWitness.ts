import { ProverError } from "../errors.ts";
import type { Constraint, LinearCombination, R1cs } from "./readR1cs.ts";

/** Value of a linear combination at a witness of full length, not reduced modulo the prime. */
export function evaluateCombination(terms: LinearCombination, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [wire, coefficient] of terms) sum += coefficient * (witness[wire] ?? 0n); // one value for each wire
  return sum;
}

/** Whether one constraint holds at a witness of full length. */
export function isSatisfied(
  { a, b, c }: Constraint,
  witness: readonly bigint[],
  prime: bigint,
): boolean {
  const difference =
    evaluateCombination(a, witness) * evaluateCombination(b, witness) -
    evaluateCombination(c, witness);
  return difference % prime === 0n;
}

/**
 * Index of the first constraint that the witness violates; `undefined` if it satisfies the system.
 *
 * @throws {ProverError} `WITNESS_LENGTH` if the witness has not one value for each wire.
 */
export function checkWitness(r1cs: R1cs, witness: readonly bigint[]): number | undefined {
  if (witness.length !== r1cs.wires) {
    throw new ProverError({ code: "WITNESS_LENGTH", length: witness.length, wires: r1cs.wires });
  }
  const index = r1cs.constraints.findIndex((it) => !isSatisfied(it, witness, r1cs.prime));
  return index === -1 ? undefined : index;
}
