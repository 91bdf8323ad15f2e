import { chooseProver } from "./chooseProver.ts";

/**
 * Says in one line what makes this process's proofs, and why that: `native, version 0.1.0 at ...`.
 *
 * @throws {ProverError} those of `chooseProver`
 */
export function proverLine(): string {
  const { prover, reason } = chooseProver();
  return `${prover.name}, ${reason}`;
}
