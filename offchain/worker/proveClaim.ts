import type { CompiledModel, Opening, SingleOpening } from "@vouch/compiler";
import { circuitInputs, claimWords } from "@vouch/compiler";
import type { Groth16Proof, Hex } from "@vouch/protocol";
import { challenge, evaluateWords } from "@vouch/protocol";
import type { ProvingArtefacts } from "@vouch/prover";
import { prove } from "@vouch/prover";

/** Everything that the circuit's witness is made of, but for the challenge. */
export type ClaimWitness = SingleOpening & {
  /** Of private weights. */
  readonly weightsSalt?: bigint | undefined;
};

/** A proof with what it says: `publicSignals` are `[c, z, e]` of docs/statement.md, section 4. */
export type ProvenClaim = {
  readonly commitment: bigint;
  readonly proof: Groth16Proof;
  readonly publicSignals: readonly bigint[];
};

/**
 * Proves that the model gives `witness.output` on `witness.input`, bound to the statement with this digest.
 *
 * @throws {ProverError} where the witness contradicts the circuit.
 */
export async function proveClaim(
  compiled: CompiledModel,
  artefacts: ProvingArtefacts,
  witness: ClaimWitness,
  digest: Hex,
): Promise<ProvenClaim> {
  const { weightsSalt, ...known } = witness;
  const opening: Opening = weightsSalt === undefined ? known : { ...known, weightsSalt };
  const { v, c } = claimWords(compiled, opening);
  const z = challenge(c, digest);
  const e = evaluateWords(v, z);
  const inputs = circuitInputs(compiled, { ...opening, c, z, e });
  const { proof, publicSignals } = await prove(artefacts, inputs);
  return { commitment: c, proof, publicSignals };
}
