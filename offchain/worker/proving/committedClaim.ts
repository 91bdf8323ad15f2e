import type { Opening, ProvableModel } from "@vouch/compiler";
import { challengedInputs, committedInputs, committedWords, groupValues } from "@vouch/compiler";
import type { Hex, WeightedCircuit } from "@vouch/protocol";
import { committedCircuitId, hashOfWords, NO_WEIGHTS, verifyCommitted } from "@vouch/protocol";
import type { CommittedSignals, ProvingArtefacts } from "@vouch/prover";
import { drawBlind, proveCommitted, witnessFrom } from "@vouch/prover";
import type { ProofClaim } from "./proofClaim.ts";

/** A release that is proven by commit-and-prove. */
export type CommittedRelease = {
  readonly circuit: WeightedCircuit;
  readonly model: ProvableModel;
  readonly artefacts: ProvingArtefacts;
  /** What hides the weights in the registered point; needed where they are private. */
  readonly weightsBlind: bigint | undefined;
};

/**
 * Returns the claim of a statement that one commit-and-prove circuit proves. Each proof of it commits to the same advice under a
 * blind of its own.
 *
 * @throws {CompilerError} `SALT_MISSING`.
 */
export function committedClaim(
  { circuit, model, artefacts, weightsBlind }: CommittedRelease,
  opening: Opening,
  digest: Hex,
): ProofClaim {
  const v = committedWords(model, opening);
  const claim = { weights: circuit.registration?.weights ?? NO_WEIGHTS, digest, v };
  return {
    key: { circuit: committedCircuitId(circuit), digest, commitment: hashOfWords(v) },
    isProof: (proof) => verifyCommitted(circuit.key, proof, claim),
    async make(_, { signal, onFault }) {
      const blinds = {
        advice: drawBlind(),
        ...(weightsBlind === undefined ? {} : { weights: weightsBlind }),
      };
      const inputs = committedInputs(model, opening, blinds);
      const { proof, prover } = await proveCommitted(
        { zkey: artefacts.zkey, key: circuit.key },
        {
          advice: groupValues(inputs.advice),
          claim,
          ...witnessFrom(artefacts, (signals: CommittedSignals) =>
            challengedInputs(inputs, signals),
          ),
        },
        {
          onFault: (it) => {
            onFault(it.prover, it.fault);
          },
          ...(signal === undefined ? {} : { signal }),
        },
      );
      return { proof, prover };
    },
  };
}
