import type { Opening, ProvableModel } from "@vouch/compiler";
import { circuitInputs } from "@vouch/compiler";
import type { Circuit, Hex } from "@vouch/protocol";
import { challenge, circuitId, evaluateWords, verifyGroth16, wordToHex } from "@vouch/protocol";
import type { ProvingArtefacts } from "@vouch/prover";
import { ProverError } from "@vouch/prover";
import type { ProofClaim } from "./proofClaim.ts";

/** What proves by plain Groth16: a release, one segment of it, or several inferences at once. */
export type PlainRelease = {
  readonly circuit: Circuit;
  readonly model: ProvableModel;
  readonly artefacts: ProvingArtefacts;
};

/** What is claimed: the words `v`, what they open to, and their hash `c`. */
export type PlainWords = {
  readonly opening: Opening;
  readonly v: readonly bigint[];
  readonly c: bigint;
};

/**
 * Returns the claim of words that one circuit of plain Groth16 proves.
 *
 * @param digest of the statement, of its segment or of the batch
 */
export function plainClaim(
  { circuit, model, artefacts }: PlainRelease,
  { opening, v, c }: PlainWords,
  digest: Hex,
): ProofClaim {
  const z = challenge(c, digest);
  const e = evaluateWords(v, z);
  const signals = [c, z, e];
  return {
    key: { circuit: circuitId(circuit), digest, commitment: wordToHex(c) },
    isProof: (proof) => verifyGroth16(circuit.key, proof, signals),
    async make(make, options) {
      // Its self-check is by the key that is registered, whatever a key file says.
      const of = { ...artefacts, key: circuit.key };
      const made = await make(of, circuitInputs(model, { ...opening, c, z, e }), options);
      const { proof, publicSignals, prover } = made;
      if (String(publicSignals) !== String(signals)) {
        options.onFault(prover, "wrong"); // valid for something else
        throw new ProverError({ code: "PROOF_REJECTED" });
      }
      return { proof, prover };
    },
  };
}
