import type { CircuitInputs, ProvingArtefacts, Proven } from "@vouch/prover";
import { prove, ProverError } from "@vouch/prover";

/** A proof, and who made it. */
export type MadeProof = Proven & { readonly prover: string };

export type MakeOptions = {
  readonly signal?: AbortSignal;
  /** Told of a prover whose proof did not verify. */
  readonly onRefused: (prover: string) => void;
};

/**
 * Makes a proof that verifies under `artefacts.key`.
 *
 * @throws {ProverError} those of `prove`.
 */
export type ProofMaker = (
  artefacts: ProvingArtefacts,
  inputs: CircuitInputs,
  options: MakeOptions,
) => Promise<MadeProof>;

const REFERENCE = "snarkjs";

/** Makes a proof by `prove`, which verifies it by other code than made it. */
export const makeProof: ProofMaker = async (artefacts, inputs, { signal, onRefused }) => {
  try {
    const proven = await prove(artefacts, inputs, signal === undefined ? {} : { signal });
    return { ...proven, prover: REFERENCE };
  } catch (error) {
    if (error instanceof ProverError && error.code === "PROOF_REJECTED") onRefused(REFERENCE);
    throw error;
  }
};
