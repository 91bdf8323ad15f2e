import { Buffer } from "node:buffer";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  Certificate,
  type Extension,
  KeyUsage,
  KeyUsageFlags,
  type Name,
} from "@peculiar/asn1-x509";
import { AttestationError } from "./errors.ts";

/** What of a certificate is judged here, as on-chain. */
export type CertificateFields = {
  readonly serial: bigint;
  /** Names in DER, hexadecimal: equal where their bytes are. */
  readonly issuer: string;
  readonly subject: string;
  /** Whether its key may sign certificates and lists: basic constraints and key usage both say so. */
  readonly isAuthority: boolean;
  /** Whether all that is critical is read here: what is not might forbid its use (RFC 5280, 4.2). */
  readonly isUnderstood: boolean;
};

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
/** And what a PCK certificate says of its platform. */
const READ: readonly string[] = [BASIC_CONSTRAINTS, KEY_USAGE, "1.2.840.113741.1.13.1"];
const SIGNS = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
const SERIAL_BYTES = 20;

/**
 * Reads a certificate (DER, RFC 5280); nobody's signature is verified.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` where it is none, or its serial number is negative or of more than 20 bytes.
 */
export function readCertificate(der: Uint8Array): CertificateFields {
  try {
    const { tbsCertificate: it } = AsnConvert.parse(der, Certificate);
    const extensions: readonly Extension[] = it.extensions ?? [];
    return {
      serial: serialOf(it.serialNumber),
      issuer: nameOf(it.issuer),
      subject: nameOf(it.subject),
      isAuthority: isAuthority(extensions),
      isUnderstood: extensions.every(({ critical, extnID }) => !critical || READ.includes(extnID)),
    };
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    throw malformed("cannot be read", cause);
  }
}

/**
 * Returns the number that the contents of a serial number stand for.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` for one that contracts refuse.
 */
export function serialOf(contents: ArrayBuffer): bigint {
  const bytes = Buffer.from(contents);
  const [first = 0x80] = bytes;
  const length = first === 0 ? bytes.length - 1 : bytes.length;
  if (first > 0x7f || length > SERIAL_BYTES)
    throw malformed("has a serial number that is negative, or of more than 20 bytes");
  return BigInt(`0x${bytes.toString("hex")}`);
}

/** Returns a name in DER, hexadecimal. */
export function nameOf(name: Name): string {
  return Buffer.from(AsnConvert.serialize(name)).toString("hex");
}

function isAuthority(extensions: readonly Extension[]): boolean {
  const constraints = only(extensions, BASIC_CONSTRAINTS);
  const usage = only(extensions, KEY_USAGE);
  if (constraints === undefined || usage === undefined) return false;
  const bits = AsnConvert.parse(usage.extnValue, KeyUsage).toNumber();
  return AsnConvert.parse(constraints.extnValue, BasicConstraints).cA && (bits & SIGNS) === SIGNS;
}

function only(extensions: readonly Extension[], id: string): Extension | undefined {
  const found = extensions.filter(({ extnID }) => extnID === id);
  if (found.length > 1) throw malformed(`has the extension ${id} twice`);
  return found[0];
}

function malformed(reason: string, cause?: unknown): AttestationError {
  return new AttestationError(
    { code: "COLLATERAL_MALFORMED", field: "certificate", reason },
    { cause },
  );
}
