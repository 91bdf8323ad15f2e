import { AbiCoder, type Signer, keccak256 } from "ethers";
import { z } from "zod";
import {
  type ClaimDeps,
  type NitroAttestation,
  type NitroClaim,
  requireClaim,
} from "./requireClaim.ts";
import { refusedClaim } from "./refusedClaim.ts";
import {
  ATTESTATION_TYPES,
  type NitroVenue,
  UPHOLDING_TYPES,
  attestationHash,
  nitroDomain,
} from "./typedData.ts";

const signatureSchema = z.object({
  registrar: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  signature: z.string().regex(/^0x[0-9a-fA-F]{130}$/),
});

/** What one registrar says, and who it is. */
export type RegistrarSignature = Readonly<z.infer<typeof signatureSchema>>;

/** Reads what a registrar sent, and returns `undefined` where it is no signature. */
export function parseRegistrarSignature(json: unknown): RegistrarSignature | undefined {
  return signatureSchema.safeParse(json).data;
}

/** A dispute as `NitroRegistrars.NitroDisputed` tells it. */
export type NitroDispute = {
  /** Id of the key in `EnclaveRegistry`. */
  readonly id: string;
  /** Struct hash of what is disputed: see `attestationHash`. */
  readonly attestation: string;
  readonly disputer: string;
  /** Last second in which it can be upheld. */
  readonly deadline: number;
};

export type RegistrarDeps = ClaimDeps & {
  /** The registrar's own account. */
  readonly signer: Pick<Signer, "getAddress" | "signTypedData">;
  /** Ids of the quorums that it vouches as a member of: anyone may declare others that name it. */
  readonly quorums: readonly string[];
};

/**
 * What a registrar runs: verifies a document completely and that it is what the operator claims, then signs.
 *
 * @throws {AttestationError} as `requireClaim`, and `NITRO_CLAIM_REFUSED` on `quorum` where the claim is for another than the
 * registrar's own; nothing is signed then.
 */
export async function attestNitro(
  document: Uint8Array,
  claim: NitroClaim,
  venue: NitroVenue,
  when: { readonly time: number; readonly maxAgeSeconds: number },
  deps: RegistrarDeps,
): Promise<RegistrarSignature & { readonly attestation: NitroAttestation }> {
  requireOwn(claim, deps);
  const attestation = await requireClaim(document, claim, venue, when, deps);
  const signature = await deps.signer.signTypedData(
    nitroDomain(venue),
    ATTESTATION_TYPES,
    attestation,
  );
  return { registrar: await deps.signer.getAddress(), signature, attestation };
}

/**
 * What a registrar runs of a key that is disputed: verifies its document again as of when it was made, and that what was vouched
 * for says of it what it says itself; then signs that it stands.
 *
 * @param document as `NitroVouched` emitted it, and `claim` as it was then.
 * @throws {AttestationError} as `attestNitro`; `NITRO_CLAIM_REFUSED` on `id` where the dispute is of another key, and on
 * `attestation` where another end, block, time or document was vouched for than is claimed.
 */
export async function upholdNitro(
  document: Uint8Array,
  claim: NitroClaim,
  dispute: NitroDispute,
  venue: NitroVenue,
  deps: RegistrarDeps,
): Promise<RegistrarSignature> {
  requireOwn(claim, deps);
  const when = { time: claim.issuedAt, maxAgeSeconds: 0 };
  const found = await requireClaim(document, claim, venue, when, deps);
  const { id, attestation, disputer, deadline } = dispute;
  const own = enclaveIdOf(found);
  if (own !== id) throw refusedClaim("id", id, own);
  const attested = attestationHash(found);
  if (attested !== attestation) throw refusedClaim("attestation", attestation, attested);
  const upholding = { registry: venue.registry, id, attestation, disputer, deadline };
  const signature = await deps.signer.signTypedData(nitroDomain(venue), UPHOLDING_TYPES, upholding);
  return { registrar: await deps.signer.getAddress(), signature };
}

/** Returns signatures in the order in which contracts take them. */
export function inOrder(signatures: readonly RegistrarSignature[]): string[] {
  return [...signatures]
    .sort((a, b) => (BigInt(a.registrar) < BigInt(b.registrar) ? -1 : 1))
    .map(({ signature }) => signature);
}

/** An operator names the quorum: what a member never agreed to be of, it does not sign for. */
function requireOwn({ quorum }: NitroClaim, { quorums }: RegistrarDeps): void {
  if (!quorums.includes(quorum)) {
    throw refusedClaim("quorum", quorum, quorums.join(" or ") || "none");
  }
}

/** Returns the id of a key, as `EnclaveRegistry.idOf`. */
function enclaveIdOf({ operator, key, measurement }: NitroAttestation): string {
  const types = ["address", "address", "bytes32"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [operator, key, measurement]));
}
