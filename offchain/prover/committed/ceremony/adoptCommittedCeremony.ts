import type { CircuitArtefacts } from "../../buildCircuit.ts";
import { ProverError } from "../../errors.ts";
import { domainPower } from "../../setup/constraintTerms.ts";
import { obtainPtau } from "../../setup/obtainPtau.ts";
import type { PtauOptions } from "../../setup/obtainPtau.ts";
import type { CommittedSetup } from "../committedSetup.ts";
import { readCommittedVerifyingKey } from "../keyFile.ts";
import type { CommittedGroups } from "../keyFile.ts";
import { linkKeyOf, readLinkFile } from "../linkFile.ts";
import type { LinkSetup } from "../linkSetup.ts";
import type { CommittedKeyMaterial } from "./verifyCommittedCeremony.ts";
import { verifyCommittedCeremony } from "./verifyCommittedCeremony.ts";

/** A circuit as it was built, and the path of its final key. */
export type CommittedKeyOffer = {
  readonly artefacts: CircuitArtefacts;
  readonly groups: CommittedGroups;
  readonly zkey: string;
};

/** Set-ups of one ceremony, which have its transcript in common. */
export type AdoptedCeremony = {
  readonly inference: CommittedSetup;
  readonly weights?: { readonly setup: CommittedSetup; readonly link: LinkSetup };
};

/**
 * Takes the final keys and link of a ceremony as a circuit's set-up, once all is verified from the r1cs files and the public
 * powers of tau on. Its class is `unverified`, as that of every ceremony until others attest it.
 *
 * @throws {ProverError} those of `verifyCommittedCeremony` and `obtainPtau`; `SETUP_MISMATCH` if an r1cs changed.
 */
export async function adoptCommittedCeremony(
  inference: CommittedKeyOffer,
  weights: (CommittedKeyOffer & { readonly link: string }) | undefined,
  options: PtauOptions,
): Promise<AdoptedCeremony> {
  const offers = weights === undefined ? [inference] : [inference, weights];
  const needed = Math.max(...offers.map(({ artefacts }) => domainPower(artefacts)));
  const { path, pin } = await obtainPtau(needed, options);
  const material = ({ artefacts, groups, zkey }: CommittedKeyOffer): CommittedKeyMaterial => ({
    ...{ r1cs: artefacts.r1cs, groups, zkey },
  });
  const verified = await verifyCommittedCeremony(
    {
      powers: { path, blake2b: pin.hash, origin: "public" },
      inference: material(inference),
      ...(weights && { weights: { ...material(weights), link: weights.link } }),
    },
    options,
  );
  const { document, transcripts } = verified;
  requireR1cs(inference, document.inference.r1cs);
  if (weights !== undefined) requireR1cs(weights, document.weights?.r1cs);
  const setupOf = async ({ zkey, groups }: CommittedKeyOffer): Promise<CommittedSetup> => ({
    ...{ zkey, groups, key: await readCommittedVerifyingKey(zkey) },
    ...{ class: "unverified", transcript: transcripts.current },
  });
  const own = await setupOf(inference);
  if (weights === undefined) return { inference: own };
  const link: LinkSetup = {
    file: weights.link,
    link: linkKeyOf(await readLinkFile(weights.link)),
    ...{ class: "unverified", transcript: transcripts.current },
  };
  return { inference: own, weights: { setup: await setupOf(weights), link } };
}

function requireR1cs({ artefacts }: CommittedKeyOffer, found: string | undefined): void {
  if (artefacts.hash !== found)
    throw new ProverError({ code: "SETUP_MISMATCH", part: "the r1cs file" });
}
