import type { Groth16Proof } from "@vouch/protocol";
import type { ProofKey } from "@vouch/queue";
import type { MakeOptions, ProofMaker } from "./makeProof.ts";

/** Words of a proof, and who made them. */
export type MadeWords = { readonly proof: Groth16Proof; readonly prover: string };

/** What one proof says: that of the release's circuit, or of one segment. */
export type ProofClaim = {
  readonly key: ProofKey;
  /** Whether words prove it, by other code than makes them and by the key that is registered. */
  readonly isProof: (proof: Groth16Proof) => boolean;
  /**
   * Makes a proof of it.
   *
   * @param make what makes plain Groth16 proofs
   * @throws {ProverError} where the witness contradicts the circuit, or what was made proves something else.
   */
  readonly make: (make: ProofMaker, options: MakeOptions) => Promise<MadeWords>;
};
