import type { Groth16Proof } from "@vouch/protocol";
import type { StepOptions } from "../progress.ts";

/** The commitment to a proof's advice, and what shows that its maker knew what it is to; two words each. */
export type AdviceCommitment = {
  /** D. */
  readonly commitment: readonly bigint[];
  /** Q. */
  readonly knowledge: readonly bigint[];
};

/** What makes the points of a proof; keys are files of protocol 20. */
export type CommittedProver = {
  readonly name: string;
  /**
   * Commits to the advice.
   *
   * @param values of all advice wires, the blind last; 32 bytes each, little-endian, below the field's order
   */
  readonly commit: (
    zkey: string,
    values: Uint8Array,
    options?: StepOptions,
  ) => Promise<AdviceCommitment>;
  /**
   * Makes A, B and C, where the committed wires are no part of C.
   *
   * @param witness content of a `.wtns` file
   */
  readonly prove: (
    zkey: string,
    witness: Uint8Array,
    options?: StepOptions,
  ) => Promise<Groth16Proof>;
};
