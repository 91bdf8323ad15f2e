import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificateList, CRLNumber } from "@peculiar/asn1-x509";
import { AttestationError } from "./errors.ts";
import { publicKeyAt } from "./p256.ts";

/** A list of revoked certificates. Times are in seconds since the epoch. */
export type RevocationList = {
  readonly number: number;
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
  const { tbsCertList: list, tbsCertListRaw: signed, signature } = parse(der);
  const number = list.crlExtensions?.find((it) => it.extnID === CRL_NUMBER);
  if (signed === undefined || number === undefined || list.nextUpdate === undefined) {
    throw new AttestationError({
      code: "COLLATERAL_MALFORMED",
      field: "revocation list",
      reason: "has no number, or no end",
    });
  }
  return {
    number: AsnConvert.parse(number.extnValue, CRLNumber).value,
    issuedAt: secondsOf(list.thisUpdate.getTime()),
    nextUpdate: secondsOf(list.nextUpdate.getTime()),
    revoked: new Map(
      list.revokedCertificates?.map((it) => [
        BigInt(`0x${Buffer.from(it.userCertificate).toString("hex")}`),
        secondsOf(it.revocationDate.getTime()),
      ]),
    ),
    signed: new Uint8Array(signed),
    signature: new Uint8Array(signature),
  };
}

/** Returns whether the key at a point of P-256 (64 bytes `x ‖ y`) signed the list. */
export function isListSignedBy(list: RevocationList, point: Uint8Array): boolean {
  const key = publicKeyAt(point);
  return key !== undefined && verify("sha256", list.signed, key, list.signature);
}

function parse(der: Uint8Array): CertificateList {
  try {
    // The codec's own limit is reached by some thousand entries; a list cannot have more elements than bytes.
    return AsnConvert.parse(der, CertificateList, { berOptions: { maxNodes: der.length } });
  } catch (cause) {
    throw new AttestationError(
      { code: "COLLATERAL_MALFORMED", field: "revocation list", reason: "is not one in DER" },
      { cause },
    );
  }
}

function secondsOf(date: Date): number {
  return date.getTime() / 1000;
}
