import type { Seconds } from "./medianOf.ts";

export const SYSTEMS = ["plain", "committed"] as const;
export type System = (typeof SYSTEMS)[number];

/**
 * `native` has the native prover make witnesses too, where the constraints determine them; `reference` is circom's calculator,
 * then snarkjs for plain Groth16, and the portable prover for commit-and-prove.
 */
export const PROVERS = ["native", "reference"] as const;
export type ProverKind = (typeof PROVERS)[number];

/** Proofs of one model by one prover in one process. */
export type ProofFigures = {
  readonly constraints: number;
  readonly keyBytes: number;
  /** What the prover commits to before the challenge. */
  readonly advice?: Seconds;
  readonly commit?: Seconds;
  /** Of the circuit's values, once all its inputs are there. */
  readonly witness: Seconds;
  readonly prove: Seconds;
  /** From the numbers of an inference to its proof: all of the above. */
  readonly whole: Seconds;
};

/** With what the process that measured them held at most, Node and all code included. */
export type MeasuredProofs = ProofFigures & {
  readonly peakMegabytes: number;
  /** That circom's calculator made the witnesses in the native prover's place. */
  readonly calculated: boolean;
};
