import { hexlify, keccak256 } from "ethers";
import { bindReportData } from "../bindReportData.ts";
import { AttestationError } from "../errors.ts";
import { refusedClaim } from "./refusedClaim.ts";
import { nitroMeasurement } from "./registers.ts";
import type { NitroVenue } from "./typedData.ts";
import { type VerifiedNitro, verifyNitro } from "./verifyNitro.ts";

/** What an operator says of its document; as `EnclaveRegistry.registerVouched` takes it. */
export type NitroClaim = {
  /** Id of the registrars. */
  readonly quorum: string;
  readonly operator: string;
  /** Address of the secp256k1 key that the enclave holds. */
  readonly key: string;
  /** Number of the block whose hash the enclave was given. */
  readonly nonceBlock: number;
  /** Hash of the document's registers: see `registersHash`. */
  readonly registers: string;
  /** Seconds since the epoch, as the document says. */
  readonly issuedAt: number;
  /** Until when the key is to count: no later than the document's certificates hold. */
  readonly validTo: number;
  /** Whether it stems from the simulated root, and proves nothing. */
  readonly simulated: boolean;
};

export type ClaimDeps = {
  /** Hash of a block of the venue's chain, from a node that the registrar trusts; null where there is none. */
  readonly blockHashOf: (number: number) => Promise<string | null>;
  /** The simulated root (DER), where simulated enclaves are vouched for too. */
  readonly simulatedRoot?: Uint8Array;
};

/** What registrars sign of a claim that holds. */
export type NitroAttestation = {
  readonly registry: string;
  readonly quorum: string;
  /** keccak256 of the document. */
  readonly document: string;
  readonly operator: string;
  readonly key: string;
  readonly measurement: string;
  /** What the document has as its user data. */
  readonly binding: string;
  readonly issuedAt: number;
  readonly validTo: number;
  readonly nonceBlock: number;
  readonly simulated: boolean;
};

/**
 * Verifies a document completely, and that it is what an operator claims of it, for this venue. Anyone can do so again of a
 * document that `NitroRegistrars` emitted, with `time` the document's own.
 *
 * @param time seconds since the epoch.
 * @param maxAgeSeconds how old the document may be then.
 * @throws {AttestationError} what `verifyNitro` throws; `NITRO_SIMULATED`, `NITRO_BINDING_MISMATCH`, or
 * `NITRO_CLAIM_REFUSED` naming the field.
 */
export async function requireClaim(
  document: Uint8Array,
  claim: NitroClaim,
  venue: NitroVenue,
  when: { readonly time: number; readonly maxAgeSeconds: number },
  deps: ClaimDeps,
): Promise<NitroAttestation> {
  const verified = verifyNitro(document, { ...when, ...rootOf(claim, deps) });
  requireSame("registers", claim.registers, verified.registers);
  requireSame("issuedAt", claim.issuedAt, Math.floor(verified.timestamp / 1000));
  if (claim.validTo > verified.notAfter) {
    throw refusedClaim("validTo", claim.validTo, `no later than ${verified.notAfter}`);
  }
  const binding = await bindingOf(claim, venue, deps);
  requireBinding(verified, binding);
  const { quorum, operator, key, issuedAt, validTo, nonceBlock, simulated } = claim;
  return {
    registry: venue.registry,
    quorum,
    document: keccak256(document),
    operator,
    key,
    measurement: nitroMeasurement(quorum, verified.registers, simulated),
    binding,
    issuedAt,
    validTo,
    nonceBlock,
    simulated,
  };
}

function rootOf({ simulated }: NitroClaim, deps: ClaimDeps): { readonly root?: Uint8Array } {
  if (!simulated) return {};
  if (deps.simulatedRoot === undefined) throw new AttestationError({ code: "NITRO_SIMULATED" });
  return { root: deps.simulatedRoot };
}

/** The first 32 bytes of what an enclave of Intel's puts into its report data: the rest there is zeros. */
async function bindingOf(
  { operator, key, nonceBlock }: NitroClaim,
  { chainId, registry }: NitroVenue,
  deps: ClaimDeps,
): Promise<string> {
  const nonce = await deps.blockHashOf(nonceBlock);
  if (nonce === null) throw refusedClaim("nonceBlock", nonceBlock, "a block that the chain has");
  const data = bindReportData({ chainId, registry, operator, key, kind: "image", nonce });
  return hexlify(data.subarray(0, 32));
}

function requireBinding({ userData }: VerifiedNitro, expected: string): void {
  const found = userData === undefined ? "empty" : hexlify(userData);
  if (found !== expected) {
    throw new AttestationError({ code: "NITRO_BINDING_MISMATCH", expected, found });
  }
}

function requireSame(field: string, claimed: string | number, found: string | number): void {
  if (claimed !== found) throw refusedClaim(field, claimed, String(found));
}
