import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";

/** Basic constraints, key usage, and what a PCK certificate says of its platform. */
const READ = new Set(["2.5.29.19", "2.5.29.15", "1.2.840.113741.1.13.1"]);

/**
 * Returns whether all that is critical in a certificate (DER) is read here: what is not might forbid its use (RFC 5280,
 * 4.2), and is refused on-chain too.
 */
export function hasKnownExtensions(certificate: Uint8Array): boolean {
  const { extensions } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
  return extensions?.every(({ critical, extnID }) => !critical || READ.has(extnID)) ?? true;
}
