import { type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";
import type { NitroAttestation } from "./requireClaim.ts";

/** Where registrars vouch: of their own configuration, never of an operator's request. */
export type NitroVenue = {
  readonly chainId: bigint;
  /** Address of `EnclaveRegistry`. */
  readonly registry: string;
  /** Address of `NitroRegistrars`. */
  readonly registrars: string;
};

/** What registrars sign of a document; mirrors `contracts/NitroRegistrars.sol`. */
export const ATTESTATION_TYPES: Record<string, TypedDataField[]> = {
  NitroAttestation: [
    { name: "registry", type: "address" },
    { name: "quorum", type: "bytes32" },
    { name: "document", type: "bytes32" },
    { name: "operator", type: "address" },
    { name: "key", type: "address" },
    { name: "measurement", type: "bytes32" },
    { name: "binding", type: "bytes32" },
    { name: "issuedAt", type: "uint40" },
    { name: "validTo", type: "uint40" },
    { name: "nonceBlock", type: "uint40" },
    { name: "simulated", type: "bool" },
  ],
};

/** What registrars sign to uphold a key that is disputed. */
export const UPHOLDING_TYPES: Record<string, TypedDataField[]> = {
  NitroUpholding: [
    { name: "registry", type: "address" },
    { name: "id", type: "bytes32" },
    { name: "attestation", type: "bytes32" },
    { name: "disputer", type: "address" },
    { name: "deadline", type: "uint40" },
  ],
};

/**
 * Returns the EIP-712 struct hash of what registrars signed, as `NitroRegistrars` keeps it: of the document, and of all that was
 * claimed of it. A dispute names it.
 */
export function attestationHash(attestation: NitroAttestation): string {
  return TypedDataEncoder.hashStruct("NitroAttestation", ATTESTATION_TYPES, attestation);
}

/** Returns the EIP-712 domain of both. */
export function nitroDomain({ chainId, registrars }: NitroVenue): TypedDataDomain {
  return {
    name: "Vouch Nitro Registrars",
    version: "1",
    chainId,
    verifyingContract: registrars,
  };
}
