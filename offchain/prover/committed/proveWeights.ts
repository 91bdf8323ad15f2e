import { verifyWeightsRegistration, weightsChallenge } from "@vouch/protocol";
import type { CircuitId, CommittedChallenge, LinkKey, WeightsRegistration } from "@vouch/protocol";
import { withSharedCurve } from "../curve.ts";
import { ProverError } from "../errors.ts";
import type { CommittedArtefacts, CommittedOptions } from "./proveCommitted.ts";
import { proveAt } from "./proveCommitted.ts";
import { readCommittedVerifyingKey } from "./keyFile.ts";
import { linkKeyOf, readLinkFile } from "./linkFile.ts";
import { commitWeights, sumOf } from "./portableProver.ts";
import { encodeValues } from "./values.ts";
import type { CommittedValues } from "./values.ts";

/** Files that a registration is made from. */
export type RegistrationArtefacts = {
  readonly inference: CommittedArtefacts;
  readonly weights: CommittedArtefacts;
  /** A `LinkSetup` is one. */
  readonly link: { readonly file: string; readonly link?: LinkKey };
};

type WeightsSignals = CommittedChallenge & { readonly commitment: bigint };

/** What a registration is made of. */
export type RegistrationWork = {
  /** Id of the inference circuit. */
  readonly circuit: CircuitId;
  /** W. */
  readonly commitment: bigint;
  /** The parameters, in the order of the circuit's list, without a blind. */
  readonly weights: CommittedValues;
  /** `drawBlind()` each; who proves with the registered weights needs the first. */
  readonly blinds: { readonly inference: bigint; readonly weights: bigint };
  /** All private inputs of the weights circuit behind its weights, a fresh blind last. */
  readonly advice: CommittedValues;
  /** Calculates the weights circuit's witness, a `.wtns` file's content. */
  readonly witnessOf: (signals: WeightsSignals) => Promise<Uint8Array>;
  /** The same by the reference; see `CommittedWork`. */
  readonly referenceOf?: (signals: WeightsSignals) => Promise<Uint8Array>;
};

/**
 * Proves that a commitment of the inference circuit opens to the weights of W. Once for each circuit and W.
 *
 * @throws {ProverError} those of `proveCommitted`; `LINK_INVALID`, `PROOF_REJECTED` by the self-check.
 */
export async function proveWeights(
  artefacts: RegistrationArtefacts,
  work: RegistrationWork,
  options: CommittedOptions = {},
): Promise<WeightsRegistration> {
  const { circuit, commitment, blinds, advice, witnessOf, referenceOf = witnessOf } = work;
  const parameters = encodeValues(work.weights);
  const withBlind = (blind: bigint): Uint8Array =>
    Buffer.concat([parameters, encodeValues([blind])]);
  const weights = await commitWeights(artefacts.inference.zkey, withBlind(blinds.inference));
  const registered = await commitWeights(artefacts.weights.zkey, withBlind(blinds.weights));
  const { proof } = await proveAt(
    artefacts.weights,
    advice,
    registered,
    (made) => {
      const points = { weights, registered, advice: made.commitment };
      const { z, b } = weightsChallenge(circuit, points, commitment);
      return [z, b, commitment];
    },
    {
      witnessOf: ([z = 0n, b = 0n]) => witnessOf({ z, b, commitment }), // three of them
      referenceOf: ([z = 0n, b = 0n]) => referenceOf({ z, b, commitment }),
    },
    { ...options, selfCheck: false },
  );
  const linkFile = await readLinkFile(artefacts.link.file);
  const opened = Buffer.concat([parameters, encodeValues([blinds.inference, blinds.weights])]);
  const link = await withSharedCurve((curve) => sumOf(curve, linkFile.points, opened));
  const registration = { weights, registered, link, proof };

  if (options.selfCheck ?? true) {
    const { inference, weights: own } = artefacts;
    const keys = {
      inference: inference.key ?? (await readCommittedVerifyingKey(inference.zkey)),
      weights: own.key ?? (await readCommittedVerifyingKey(own.zkey)),
      link: artefacts.link.link ?? linkKeyOf(linkFile),
    };
    if (!verifyWeightsRegistration(keys, circuit, commitment, registration))
      throw new ProverError({ code: "PROOF_REJECTED" });
  }
  return registration;
}
