import { AbiCoder, type Signer, keccak256 } from "ethers";
import { AttestationError } from "../errors.ts";
import {
  type ClaimDeps,
  type NitroAttestation,
  type NitroClaim,
  requireClaim,
} from "./requireClaim.ts";
import { ATTESTATION_TYPES, type NitroVenue, UPHOLDING_TYPES, nitroDomain } from "./typedData.ts";

/** What one registrar says, and who it is. */
export type RegistrarSignature = { readonly registrar: string; readonly signature: string };

/** A dispute as `NitroRegistrars.NitroDisputed` tells it. */
export type NitroDispute = {
  /** Id of the key in `EnclaveRegistry`. */
  readonly id: string;
  readonly disputer: string;
  /** Last second in which it can be upheld. */
  readonly deadline: number;
};

export type RegistrarDeps = ClaimDeps & {
  /** The registrar's own account. */
  readonly signer: Pick<Signer, "getAddress" | "signTypedData">;
};

/**
 * What a registrar runs: verifies a document completely and that it is what the operator claims, then signs.
 *
 * @throws {AttestationError} as `requireClaim`; nothing is signed then.
 */
export async function attestNitro(
  document: Uint8Array,
  claim: NitroClaim,
  venue: NitroVenue,
  when: { readonly time: number; readonly maxAgeSeconds: number },
  deps: RegistrarDeps,
): Promise<RegistrarSignature & { readonly attestation: NitroAttestation }> {
  const attestation = await requireClaim(document, claim, venue, when, deps);
  const signature = await deps.signer.signTypedData(
    nitroDomain(venue),
    ATTESTATION_TYPES,
    attestation,
  );
  return { registrar: await deps.signer.getAddress(), signature, attestation };
}

/**
 * What a registrar runs of a key that is disputed: verifies its document again as of when it was made, then signs that it stands.
 *
 * @param document as `NitroVouched` emitted it, and `claim` as it was then.
 * @throws {AttestationError} as `requireClaim`; `NITRO_CLAIM_REFUSED` where the dispute is of another key.
 */
export async function upholdNitro(
  document: Uint8Array,
  claim: NitroClaim,
  dispute: NitroDispute,
  venue: NitroVenue,
  deps: RegistrarDeps,
): Promise<RegistrarSignature> {
  const when = { time: claim.issuedAt, maxAgeSeconds: 0 };
  const attestation = await requireClaim(document, claim, venue, when, deps);
  const own = enclaveIdOf(attestation);
  if (own !== dispute.id) {
    throw new AttestationError({
      code: "NITRO_CLAIM_REFUSED",
      field: "id",
      claimed: dispute.id,
      found: own,
    });
  }
  const { id, disputer, deadline } = dispute;
  const upholding = {
    registry: venue.registry,
    ...{ id, document: attestation.document, disputer, deadline },
  };
  const signature = await deps.signer.signTypedData(nitroDomain(venue), UPHOLDING_TYPES, upholding);
  return { registrar: await deps.signer.getAddress(), signature };
}

/** Returns signatures in the order in which contracts take them. */
export function inOrder(signatures: readonly RegistrarSignature[]): string[] {
  return [...signatures]
    .sort((a, b) => (BigInt(a.registrar) < BigInt(b.registrar) ? -1 : 1))
    .map(({ signature }) => signature);
}

/** Returns the id of a key, as `EnclaveRegistry.idOf`. */
function enclaveIdOf({ operator, key, measurement }: NitroAttestation): string {
  const types = ["address", "address", "bytes32"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [operator, key, measurement]));
}
