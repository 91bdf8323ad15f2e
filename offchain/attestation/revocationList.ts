import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificateList, CRLNumber, type Extension } from "@peculiar/asn1-x509";
import { nameOf, serialOf } from "./certificate.ts";
import { AttestationError } from "./errors.ts";
import { isSignedBy } from "./p256.ts";

/** A list of revoked certificates. Times are in seconds since the epoch. */
export type RevocationList = {
  readonly number: number;
  /** Name in DER, hexadecimal. */
  readonly issuer: string;
  readonly issuedAt: number;
  readonly nextUpdate: number;
  /** When each was revoked, by serial number. */
  readonly revoked: ReadonlyMap<bigint, number>;
  /** What its issuer signed, and the signature (DER). */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
};

const CRL_NUMBER = "2.5.29.20";

/**
 * Reads a list of revoked certificates (DER, RFC 5280); nobody's signature is verified.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED`.
 */
export function readRevocations(der: Uint8Array): RevocationList {
  try {
    // The codec's own limit is reached by some thousand entries; a list cannot have more elements than bytes.
    const berOptions = { maxNodes: der.length };
    return contentsOf(AsnConvert.parse(der, CertificateList, { berOptions }));
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    throw malformed("is not one in DER", cause);
  }
}

/** Returns whether the key at a point of P-256 (64 bytes `x ‖ y`) signed the list. */
export function isListSignedBy(list: RevocationList, point: Uint8Array): boolean {
  return isSignedBy(point, list.signed, list.signature, "der");
}

function contentsOf({
  tbsCertList: list,
  tbsCertListRaw: signed,
  signature,
}: CertificateList): RevocationList {
  const extensions: readonly Extension[] = list.crlExtensions ?? [];
  const [number, another] = extensions.filter((it) => it.extnID === CRL_NUMBER);
  const end = list.nextUpdate;
  if (signed === undefined || number === undefined || another || end === undefined)
    throw malformed("has not one number, or no end");
  if (extensions.some(({ critical, extnID }) => critical && extnID !== CRL_NUMBER))
    throw malformed("has a critical extension that is not known");
  return {
    number: AsnConvert.parse(number.extnValue, CRLNumber).value,
    issuer: nameOf(list.issuer),
    issuedAt: secondsOf(list.thisUpdate.getTime()),
    nextUpdate: secondsOf(end.getTime()),
    revoked: new Map(
      list.revokedCertificates?.map((it) => [
        serialOf(it.userCertificate),
        secondsOf(it.revocationDate.getTime()),
      ]),
    ),
    signed: new Uint8Array(signed),
    signature: new Uint8Array(signature),
  };
}

function secondsOf(date: Date): number {
  const seconds = date.getTime() / 1000;
  if (!Number.isFinite(seconds)) throw malformed("has a date that is none");
  return seconds;
}

function malformed(reason: string, cause?: unknown): AttestationError {
  return new AttestationError(
    { code: "COLLATERAL_MALFORMED", field: "revocation list", reason },
    { cause },
  );
}
