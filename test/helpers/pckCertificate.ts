import {
  type CertificateOptions,
  bufferOf,
  extension,
  makeCertificate,
} from "../../offchain/attestation/simulated/certificates.ts";
import { simulatedKey } from "../../offchain/attestation/simulated/keys.ts";
import {
  SGX_EXTENSION,
  pckExtensionOf,
} from "../../offchain/attestation/simulated/pckExtension.ts";
import { FMSPC, SVNS } from "./enclaveScenario.ts";

/** Who certifies simulated platforms. */
export const PLATFORM_CA = {
  commonName: "Intel SGX PCK Platform CA",
  key: simulatedKey("platform-ca"),
};

/** A PCK certificate of another platform of the scenario's model, as that authority makes it, but for what is said otherwise. */
export function pckCertificate(overrides: Partial<CertificateOptions> = {}): Uint8Array {
  const tcb = { components: SVNS, pceSvn: 11, fmspc: FMSPC };
  return makeCertificate({
    commonName: "Intel SGX PCK Certificate",
    publicKey: simulatedKey("platform.brought").publicKey,
    issuer: PLATFORM_CA,
    serial: 93n,
    notBefore: new Date("2024-01-01T00:00:00Z"),
    notAfter: new Date("2049-01-01T00:00:00Z"),
    isAuthority: false,
    extensions: [extension(SGX_EXTENSION, bufferOf(pckExtensionOf(tcb)), false)],
    ...overrides,
  });
}
