import { X509Certificate } from "node:crypto";

/** Returns the common name of a certificate's (DER) subject; the whole name where it has none. */
export function commonNameOf(certificate: Uint8Array): string {
  return commonName(new X509Certificate(certificate).subject);
}

/** Returns the common name within a name as `node:crypto` writes it, a part a line. */
export function commonName(name: string): string {
  return /^CN=(.*)$/m.exec(name)?.[1] ?? name;
}

/** Returns whether a certificate (DER) names itself as its issuer, as a root does. */
export function isSelfIssued(certificate: Uint8Array): boolean {
  const { subject, issuer } = new X509Certificate(certificate);
  return subject === issuer;
}
