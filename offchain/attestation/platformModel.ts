import { X509Certificate } from "node:crypto";
import { commonName } from "./certificateNames.ts";
import { AttestationError } from "./errors.ts";
import { readPckPlatform } from "./pckPlatform.ts";
import type { Quote } from "./readQuote.ts";
import type { Tee } from "./signedDocument.ts";

/** Which authority certified a platform: of those with several packages, or of those with one. */
export type PckAuthority = "platform" | "processor";

/** What collateral is of. */
export type PlatformModel = {
  /** 6 bytes in lower-case hexadecimal. */
  readonly fmspc: string;
  readonly tee: Tee;
  readonly authority: PckAuthority;
};

const AUTHORITIES: Readonly<Record<string, PckAuthority>> = {
  "Intel SGX PCK Platform CA": "platform",
  "Intel SGX PCK Processor CA": "processor",
};

/**
 * Returns the platform model that a quote's certificate names.
 *
 * @throws {AttestationError} `QUOTE_MALFORMED` where it brings no certificate of a platform.
 */
export function platformModelOf({ chain, tee }: Quote): PlatformModel {
  const [pck] = chain;
  const issuer = pck && commonName(new X509Certificate(pck).issuer);
  const authority = issuer === undefined ? undefined : AUTHORITIES[issuer];
  if (pck === undefined || authority === undefined) {
    throw new AttestationError({
      code: "QUOTE_MALFORMED",
      field: "certificate chain",
      reason: "begins with no platform's certificate",
    });
  }
  return { fmspc: readPckPlatform(pck).fmspc, tee, authority };
}
