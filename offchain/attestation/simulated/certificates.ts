import { ECDSASigValue } from "@peculiar/asn1-ecc";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  CertificateList,
  CRLNumber,
  Extension,
  Extensions,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  RevokedCertificate,
  SubjectPublicKeyInfo,
  TBSCertificate,
  TBSCertList,
  Time,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { sign, type SimulatedKey } from "./keys.ts";

/** ECDSA with SHA-256 on P-256, with SHA-384 on P-384. */
const SIGNATURE_ALGORITHMS = { p256: "1.2.840.10045.4.3.2", p384: "1.2.840.10045.4.3.3" } as const;
const EC_PUBLIC_KEY = "1.2.840.10045.2.1";
/** Object identifiers of prime256v1 and secp384r1, as DER. */
const CURVES = {
  p256: Uint8Array.from([6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
  p384: Uint8Array.from([6, 5, 0x2b, 0x81, 4, 0, 0x22]),
} as const;
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const CRL_NUMBER = "2.5.29.20";

/** Who issues: its name and its key. */
export type Issuer = { readonly commonName: string; readonly key: SimulatedKey };

export type CertificateOptions = {
  readonly commonName: string;
  /** `x ‖ y`: 64 bytes on P-256, 96 on P-384. */
  readonly publicKey: Uint8Array;
  readonly issuer: Issuer;
  readonly serial: bigint;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether the key may sign certificates and lists. */
  readonly isAuthority: boolean;
  /** Bits of the key usage, where they are others than `isAuthority` makes them. */
  readonly usage?: KeyUsageFlags;
  /** Authorities that may stand between this one and a key that is none; any number by default. */
  readonly pathLength?: number;
  readonly extensions?: readonly Extension[];
};

/** Returns an X.509 certificate (DER) as those of vendors are made: ECDSA on P-256 or P-384. */
export function makeCertificate(options: CertificateOptions): Uint8Array {
  const usage =
    options.usage ??
    (options.isAuthority
      ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
      : KeyUsageFlags.digitalSignature);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: integer(options.serial),
    signature: algorithm(options.issuer.key),
    issuer: nameOf(options.issuer.commonName),
    validity: new Validity({ notBefore: options.notBefore, notAfter: options.notAfter }),
    subject: nameOf(options.commonName),
    subjectPublicKeyInfo: new SubjectPublicKeyInfo({
      algorithm: new AlgorithmIdentifier({
        algorithm: EC_PUBLIC_KEY,
        parameters: bufferOf(options.publicKey.length === 64 ? CURVES.p256 : CURVES.p384),
      }),
      subjectPublicKey: bufferOf(Uint8Array.from([4, ...options.publicKey])),
    }),
    extensions: new Extensions([
      extension(KEY_USAGE, AsnConvert.serialize(new KeyUsage(usage)), true),
      extension(
        BASIC_CONSTRAINTS,
        AsnConvert.serialize(
          new BasicConstraints({
            cA: options.isAuthority,
            ...(options.pathLength === undefined ? {} : { pathLenConstraint: options.pathLength }),
          }),
        ),
        true,
      ),
      ...(options.extensions ?? []),
    ]),
  });
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm(options.issuer.key),
    signatureValue: signed(options.issuer.key, AsnConvert.serialize(tbsCertificate)),
  });
  return new Uint8Array(AsnConvert.serialize(certificate));
}

export type RevocationListOptions = {
  readonly issuer: Issuer;
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revoked: readonly { readonly serial: bigint; readonly date: Date }[];
};

/** Returns a list of revoked certificates (DER). */
export function makeRevocationList(options: RevocationListOptions): Uint8Array {
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: algorithm(options.issuer.key),
    issuer: nameOf(options.issuer.commonName),
    thisUpdate: new Time(options.thisUpdate),
    nextUpdate: new Time(options.nextUpdate),
    ...(options.revoked.length === 0
      ? {}
      : {
          revokedCertificates: options.revoked.map(
            ({ serial, date }) =>
              new RevokedCertificate({
                userCertificate: integer(serial),
                revocationDate: new Time(date),
              }),
          ),
        }),
    crlExtensions: [
      extension(CRL_NUMBER, AsnConvert.serialize(new CRLNumber(options.number)), false),
    ],
  });
  const list = new CertificateList({
    tbsCertList,
    signatureAlgorithm: algorithm(options.issuer.key),
    signature: signed(options.issuer.key, AsnConvert.serialize(tbsCertList)),
  });
  return new Uint8Array(AsnConvert.serialize(list));
}

/** Returns an extension of a certificate. */
export function extension(oid: string, value: ArrayBuffer, critical: boolean): Extension {
  return new Extension({ extnID: oid, critical, extnValue: new OctetString(value) });
}

/** Returns the contents of a DER integer: minimal, and with a zero byte where the first bit is set. */
export function integer(value: bigint): ArrayBuffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return bufferOf((bytes[0] ?? 0) > 0x7f ? Uint8Array.from([0, ...bytes]) : bytes);
}

/** Returns bytes as the buffer of their own that the schemas take. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function algorithm({ curve }: SimulatedKey): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: SIGNATURE_ALGORITHMS[curve] });
}

function nameOf(commonName: string): Name {
  const attribute = (type: string, text: string): RelativeDistinguishedName =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: text }) }),
    ]);
  return new Name([
    attribute(COMMON_NAME, commonName),
    attribute(ORGANIZATION, "Simulated: proves nothing"),
  ]);
}

function signed(key: SimulatedKey, message: ArrayBuffer): ArrayBuffer {
  const signature = sign(key, new Uint8Array(message));
  const number = (bytes: Uint8Array): ArrayBuffer =>
    integer(BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
  return AsnConvert.serialize(
    new ECDSASigValue({
      r: number(signature.subarray(0, signature.length / 2)),
      s: number(signature.subarray(signature.length / 2)),
    }),
  );
}
