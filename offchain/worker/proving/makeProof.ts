import type { CircuitInputs, ProverFault, ProvingArtefacts, Proven } from "@vouch/prover";
import { chooseProver, prove, ProverError, SNARKJS_PROVER } from "@vouch/prover";

/** A proof, and who made it. */
export type MadeProof = Proven & { readonly prover: string };

/** What a prover did that another took its place: its proof did not verify, or it ended without one. */
export type Fault = ProverFault["fault"];

export type MakeOptions = {
  readonly signal?: AbortSignal;
  readonly onFault: (prover: string, fault: Fault) => void;
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

/** Makes a proof by the prover of this process; the reference takes its place where that one is wrong or fails. */
export const makeProof: ProofMaker = async (artefacts, inputs, { signal, onFault }) => {
  const { prover } = chooseProver();
  let used: string = prover.name;
  const told = {
    prover,
    onFault(fault: ProverFault) {
      used = SNARKJS_PROVER.name;
      onFault(fault.prover, fault.fault);
    },
  };
  try {
    const options = signal === undefined ? told : { ...told, signal };
    const proven = await prove(artefacts, inputs, options);
    return { ...proven, prover: used };
  } catch (error) {
    // The reference's own proof is refused: key and witness do not belong together.
    if (error instanceof ProverError && error.code === "PROOF_REJECTED")
      onFault(SNARKJS_PROVER.name, "wrong");
    throw error;
  }
};
