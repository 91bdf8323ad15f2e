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
import { nativeProver } from "../provers/chooseProver.ts";
import { distrust } from "../provers/distrust.ts";
import type { ProverFault } from "../provers/distrust.ts";
import { PROVER_NAMES } from "../provers/prover.ts";
import { SCALAR_BYTES } from "../setup/wasmCurve.ts";
import type { AdviceCommitment, CommittedProver } from "./committedProver.ts";
import { readCommittedHeader, readCommittedVerifyingKey } from "./keyFile.ts";
import type { CommittedHeader } from "./keyFile.ts";
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
  /** The same by the reference, for the proof that judges another's; by default the same. `witnessFrom` makes both. */
  readonly referenceOf?: (signals: CommittedSignals) => Promise<Uint8Array>;
};

/** Public signals of a circuit: the challenge, and the evaluation of the claim's words at `z`. */
export type CommittedSignals = CommittedChallenge & { readonly e: bigint };

export type CommittedOptions = StepOptions & {
  /** By default the native one where it is there, else the portable one. */
  readonly prover?: CommittedProver;
  /** Told when a prover is passed over for what it did; see `proverFaults`. */
  readonly onFault?: (fault: ProverFault) => void;
  /** Whether to verify the proof before it is returned, with code other than the prover's; default true. */
  readonly selfCheck?: boolean;
};

/** A proof with the public signals that it is for, and who made it. */
export type ProvenCommitted = {
  readonly proof: CommittedProof;
  readonly publicSignals: readonly bigint[];
  /** Name of the prover. */
  readonly prover: string;
};

/**
 * Proves a claim: commits to the advice, draws the challenge from that, has the witness calculated, and proves.
 *
 * @throws {ProverError} `COMMITTED_VALUES` where the witness has other advice, `PROOF_REJECTED` by the self-check where key,
 * witness or registered weights do not fit, whoever proves, `WITNESS_LENGTH`, `ZKEY_INVALID`, `ABORTED`; those of `witnessOf`.
 */
export async function proveCommitted(
  artefacts: CommittedArtefacts,
  { advice, claim, witnessOf, referenceOf = witnessOf }: CommittedWork,
  options: CommittedOptions = {},
): Promise<ProvenCommitted> {
  const signalsOf = ({ commitment }: AdviceCommitment): readonly bigint[] => {
    const { z, b } = committedChallenge(claim.weights, commitment, claim.digest);
    return [z, b, evaluateWords(claim.v, z)];
  };
  const at =
    (of: CommittedWork["witnessOf"]): WitnessAt =>
    ([z = 0n, b = 0n, e = 0n]) =>
      // three of them
      of({ z, b, e });
  const witnesses = { witnessOf: at(witnessOf), referenceOf: at(referenceOf) };
  return proveAt(artefacts, advice, claim.weights, signalsOf, witnesses, options);
}

/**
 * Proves on the public signals that follow from the commitment to the advice; the two circuits differ in these alone. What a faster
 * prover fails at, or returns wrong, the portable one makes again: where that holds, the other is not asked again in this process.
 *
 * @param weights commitment to the weights group, or `NO_WEIGHTS`
 */
export async function proveAt(
  artefacts: CommittedArtefacts,
  advice: CommittedValues,
  weights: readonly bigint[],
  signalsOf: (commitment: AdviceCommitment) => readonly bigint[],
  { witnessOf, referenceOf }: { readonly witnessOf: WitnessAt; readonly referenceOf: WitnessAt },
  { prover, selfCheck = true, onFault, ...step }: CommittedOptions,
): Promise<ProvenCommitted> {
  const { zkey } = artefacts;
  const header = await readCommittedHeader(zkey);
  const work = { advice: encodeValues(advice), weights, signalsOf, witnessOf, header, selfCheck };
  const [length, wires] = [work.advice.length / SCALAR_BYTES, header.groups.advice];
  if (length !== wires) throw new ProverError({ code: "WITNESS_LENGTH", length, wires });
  const chosen = prover ?? nativeProver();
  if (chosen === undefined || chosen.name === portableProver.name)
    return proveWith(portableProver, artefacts, work, step);
  try {
    return await proveWith(chosen, artefacts, work, step);
  } catch (error) {
    const fault = faultOf(error);
    const name = PROVER_NAMES.find((it) => it === chosen.name);
    if (fault === undefined || name === undefined) throw error;
    step.onProgress?.(`${name} ${fault}: ${portableProver.name} takes its place`);
    // Where this is refused too, witness and key do not belong together, and nobody is to blame.
    const judged = { ...work, witnessOf: referenceOf };
    const proven = await proveWith(portableProver, artefacts, judged, step);
    const record: ProverFault = { prover: name, fault, zkey, at: new Date(), error };
    distrust(record);
    onFault?.(record);
    return proven;
  }
}

type WitnessAt = (signals: readonly bigint[]) => Promise<Uint8Array>;

type Work = {
  readonly advice: Uint8Array;
  readonly weights: readonly bigint[];
  readonly signalsOf: (commitment: AdviceCommitment) => readonly bigint[];
  readonly witnessOf: WitnessAt;
  readonly header: CommittedHeader;
  readonly selfCheck: boolean;
};

async function proveWith(
  prover: Pick<CommittedProver, "name" | "commit" | "prove">,
  { zkey, key }: CommittedArtefacts,
  { advice, weights, signalsOf, witnessOf, header, selfCheck }: Work,
  step: StepOptions,
): Promise<ProvenCommitted> {
  const { wires, publicSignals: count, groups } = header;
  checkAborted(step.signal);
  step.onProgress?.("commit");
  const made = await prover.commit(zkey, advice, step);
  const publicSignals = signalsOf(made);

  checkAborted(step.signal);
  step.onProgress?.("calculate witness");
  const witness = await witnessOf(publicSignals);
  const found = witnessBytes(witness, wires);
  requireCommitted(found, encodeValues(publicSignals), 1);
  requireCommitted(found, advice, count + 1 + groups.weights);

  checkAborted(step.signal);
  step.onProgress?.("prove");
  const points = await prover.prove(zkey, witness, step);
  const proof = [...points, ...made.commitment, ...made.knowledge];
  const verifyingKey = key ?? (await readCommittedVerifyingKey(zkey));
  if (selfCheck && !verifyCommittedSignals(verifyingKey, proof, weights, publicSignals))
    throw new ProverError({ code: "PROOF_REJECTED" });
  return { proof, publicSignals, prover: prover.name };
}

/** What a prover did by its own fault, if it did: also a witness of other values, where the reference makes one of these. */
function faultOf(error: unknown): ProverFault["fault"] | undefined {
  if (!(error instanceof ProverError)) return undefined;
  if (error.code === "PROVER_FAILED") return "failed";
  return error.code === "PROOF_REJECTED" || error.code === "COMMITTED_VALUES" ? "wrong" : undefined;
}
