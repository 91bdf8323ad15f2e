import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  Certificate,
  type Extension,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  type SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import { hexlify, toBigInt } from "ethers";
import { AttestationError } from "./errors.ts";
import { isPoint, isSignedBy } from "./p256.ts";

/** What of a certificate is judged here, as on-chain. */
export type CertificateFields = {
  readonly serial: bigint;
  /** Names in DER, hexadecimal: equal where their bytes are. */
  readonly issuer: string;
  readonly subject: string;
  /** Of its subject; empty where that has none. */
  readonly commonName: string;
  /** First and last second, since the epoch; NaN where a date is none. */
  readonly period: readonly [from: number, to: number];
  /** Point of P-256, 64 bytes `x ‖ y`; undefined for a key of any other kind. */
  readonly publicKey: Uint8Array | undefined;
  /** What its issuer signed, and the signature (DER); undefined for one that is not ECDSA with SHA-256. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array | undefined;
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
const COMMON_NAME = "2.5.4.3";
const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const EC_KEY = "1.2.840.10045.2.1";
/** The name of P-256 in DER. */
const P256 = "0x06082a8648ce3d030107";
const POINT_BYTES = 65;
const UNCOMPRESSED = 4;

/**
 * Reads a certificate (DER, RFC 5280); nobody's signature is verified.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` where it is none, or its serial number is negative or of more than 20 bytes.
 */
export function readCertificate(der: Uint8Array): CertificateFields {
  try {
    const read = AsnConvert.parse(der, Certificate);
    const { tbsCertificate: it, tbsCertificateRaw: signed } = read;
    if (signed === undefined) throw malformed("has nothing that is signed");
    const extensions: readonly Extension[] = it.extensions ?? [];
    const isEcdsa = read.signatureAlgorithm.algorithm === ECDSA_SHA256;
    return {
      serial: serialOf(it.serialNumber),
      issuer: nameOf(it.issuer),
      subject: nameOf(it.subject),
      commonName: commonNameIn(it.subject),
      period: [secondsOf(it.validity.notBefore), secondsOf(it.validity.notAfter)],
      publicKey: pointOf(it.subjectPublicKeyInfo),
      signed: new Uint8Array(signed),
      signature: isEcdsa ? new Uint8Array(read.signatureValue) : undefined,
      isAuthority: isAuthority(extensions),
      isUnderstood: extensions.every(({ critical, extnID }) => !critical || READ.includes(extnID)),
    };
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    throw malformed("cannot be read", cause);
  }
}

/** Returns whether the key at a point of P-256 (64 bytes `x ‖ y`) signed a certificate. */
export function isIssuedBy(
  { signed, signature }: CertificateFields,
  point: Uint8Array | undefined,
): boolean {
  if (point === undefined || signature === undefined) return false;
  return isSignedBy(point, signed, signature, "der");
}

/**
 * Returns the number that the contents of a serial number stand for.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` for one that contracts refuse.
 */
export function serialOf(contents: ArrayBuffer): bigint {
  const bytes = new Uint8Array(contents);
  const [first = 0x80] = bytes;
  const length = first === 0 ? bytes.length - 1 : bytes.length;
  if (first > 0x7f || length > SERIAL_BYTES)
    throw malformed("has a serial number that is negative, or of more than 20 bytes");
  return toBigInt(bytes);
}

/** Returns a name in DER, hexadecimal. */
export function nameOf(name: Name): string {
  return hexlify(new Uint8Array(AsnConvert.serialize(name))).slice(2);
}

function commonNameIn(name: Name): string {
  const [first] = name.flatMap((part) => part.filter(({ type }) => type === COMMON_NAME));
  return first?.value.toString() ?? "";
}

function secondsOf(time: { readonly getTime: () => Date }): number {
  return time.getTime().getTime() / 1000;
}

/** Only in the form in which contracts read it, too: not compressed. */
function pointOf({ algorithm, subjectPublicKey }: SubjectPublicKeyInfo): Uint8Array | undefined {
  const { algorithm: kind, parameters } = algorithm;
  const bytes = new Uint8Array(subjectPublicKey);
  const isKnown =
    kind === EC_KEY && parameters != null && hexlify(new Uint8Array(parameters)) === P256;
  if (!isKnown || bytes.length !== POINT_BYTES || bytes[0] !== UNCOMPRESSED) return undefined;
  const point = bytes.slice(1);
  return isPoint(point) ? point : undefined;
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
