import { committedChallenge, evaluateWords, verifyCommittedSignals } from "@vouch/protocol";
import type {
  CommittedChallenge,
  CommittedClaim,
  CommittedKey,
  CommittedProof,
} from "@vouch/protocol";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import type { AdviceCommitment, CommittedProver } from "./committedProver.ts";
import { readCommittedHeader, readCommittedVerifyingKey } from "./keyFile.ts";
import { portableProver } from "./portableProver.ts";
import { encodeValues, requireCommitted, witnessBytes } from "./values.ts";
import type { CommittedValues } from "./values.ts";

/** Files that a proof is made from; a `CommittedSetup` is one. */
export type CommittedArtefacts = {
  readonly zkey: string;
  /** Read from the zkey where it is absent. */
  readonly key?: CommittedKey;
};

/** What a proof is made of. */
export type CommittedWork = {
  /** All private inputs behind the weights, in their order, a fresh blind (`drawBlind`) last. */
  readonly advice: CommittedValues;
  readonly claim: CommittedClaim;
  /** Calculates the whole witness, a `.wtns` file's content, once the challenge is known; from the same advice. */
  readonly witnessOf: (signals: CommittedSignals) => Promise<Uint8Array>;
};

/** Public signals of a circuit: the challenge, and the evaluation of the claim's words at `z`. */
export type CommittedSignals = CommittedChallenge & { readonly e: bigint };

export type CommittedOptions = StepOptions & {
  /** By default the portable one. */
  readonly prover?: CommittedProver;
  /** Whether to verify the proof before it is returned, with code other than the prover's; default true. */
  readonly selfCheck?: boolean;
};

/**
 * Proves a claim: commits to the advice, draws the challenge from that, has the witness calculated, and proves.
 *
 * @throws {ProverError} `COMMITTED_VALUES` where the witness has other advice, `PROOF_REJECTED` by the self-check where key,
 * witness or registered weights do not fit, `WITNESS_LENGTH`, `ZKEY_INVALID`, `ABORTED`; those of `witnessOf`.
 */
export async function proveCommitted(
  artefacts: CommittedArtefacts,
  { advice, claim, witnessOf }: CommittedWork,
  options: CommittedOptions = {},
): Promise<{ readonly proof: CommittedProof; readonly publicSignals: readonly bigint[] }> {
  const signalsOf = ({ commitment }: AdviceCommitment): readonly bigint[] => {
    const { z, b } = committedChallenge(claim.weights, commitment, claim.digest);
    return [z, b, evaluateWords(claim.v, z)];
  };
  return proveAt(
    artefacts,
    advice,
    claim.weights,
    signalsOf,
    ([z = 0n, b = 0n, e = 0n]) => witnessOf({ z, b, e }), // three of them
    options,
  );
}

/**
 * Proves on the public signals that follow from the commitment to the advice; the two circuits differ in these alone.
 *
 * @param weights commitment to the weights group, or `NO_WEIGHTS`
 */
export async function proveAt(
  { zkey, key }: CommittedArtefacts,
  advice: CommittedValues,
  weights: readonly bigint[],
  signalsOf: (commitment: AdviceCommitment) => readonly bigint[],
  witnessOf: (signals: readonly bigint[]) => Promise<Uint8Array>,
  { prover = portableProver, selfCheck = true, ...step }: CommittedOptions,
): Promise<{ readonly proof: CommittedProof; readonly publicSignals: readonly bigint[] }> {
  checkAborted(step.signal);
  const { wires, publicSignals: count, groups } = await readCommittedHeader(zkey);
  step.onProgress?.("commit");
  const values = encodeValues(advice);
  const made = await prover.commit(zkey, values, step);
  const publicSignals = signalsOf(made);

  checkAborted(step.signal);
  step.onProgress?.("calculate witness");
  const witness = await witnessOf(publicSignals);
  const found = witnessBytes(witness, wires);
  requireCommitted(found, encodeValues(publicSignals), 1);
  requireCommitted(found, values, count + 1 + groups.weights);

  checkAborted(step.signal);
  step.onProgress?.("prove");
  const points = await prover.prove(zkey, witness, step);
  const proof = [...points, ...made.commitment, ...made.knowledge];
  const verifyingKey = key ?? (await readCommittedVerifyingKey(zkey));
  if (selfCheck && !verifyCommittedSignals(verifyingKey, proof, weights, publicSignals))
    throw new ProverError({ code: "PROOF_REJECTED" });
  return { proof, publicSignals };
}
