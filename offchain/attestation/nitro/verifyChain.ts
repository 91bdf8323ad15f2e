import { X509Certificate, createHash, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  Certificate,
  type Extension,
  KeyUsage,
  KeyUsageFlags,
  Version,
} from "@peculiar/asn1-x509";
import { AttestationError } from "../errors.ts";

/**
 * SHA-256 of the root certificate of AWS Nitro Enclaves, as AWS publishes it ("Verifying the root of trust", AWS Nitro
 * Enclaves user guide).
 */
export const AWS_NITRO_ROOT_SHA256 =
  "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";

/** What a chain of certificates proves. */
export type VerifiedChain = {
  /** The enclave's own key, on P-384. */
  readonly publicKey: KeyObject;
  /** Seconds since the epoch from which all certificates hold, and until when. */
  readonly notBefore: number;
  readonly notAfter: number;
};

const ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";

/** One certificate by both of its readers: OpenSSL verifies, the codec shows the extensions that OpenSSL does not. */
type Link = {
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  readonly isAuthority: boolean;
  readonly pathLength: number | undefined;
  readonly usage: number;
  readonly notBefore: number;
  readonly notAfter: number;
};

/** Returns the SHA-256 of a certificate (DER) in hexadecimal digits. */
export function fingerprintOf(certificate: Uint8Array): string {
  return createHash("sha256").update(certificate).digest("hex");
}

/** Demands that a chain begins with the root that is pinned; whoever is there says nothing of the rest. */
export function requireRoot(chain: readonly Uint8Array[], root: string): void {
  const [first = new Uint8Array()] = chain;
  const found = fingerprintOf(first);
  if (found !== root) {
    throw new AttestationError({ code: "NITRO_ROOT_MISMATCH", expected: root, found });
  }
}

/**
 * Verifies a chain from a root that the caller trusts to the enclave's own certificate (RFC 5280, section 6): names,
 * signatures, validity, basic constraints, path lengths, key usage, and no critical extension that is not read.
 *
 * @param chain DER, the root first.
 * @param time seconds since the epoch: all certificates have to hold then.
 * @throws {AttestationError} `NITRO_CERTIFICATE_REFUSED`, naming the first certificate that is wrong.
 */
export function verifyChain(chain: readonly Uint8Array[], time: number): VerifiedChain {
  const links = chain.map((der, index) => linkOf(der, index));
  links.forEach((link, index) => {
    const refused = (reason: string): AttestationError => refusal(index, reason);
    const issuer = links[index === 0 ? 0 : index - 1] ?? link;
    if (!link.x509.checkIssued(issuer.x509))
      throw refused("was issued by another than its place says");
    if (!link.x509.verify(issuer.publicKey)) throw refused("is not signed by its issuer");
    if (time < link.notBefore || time > link.notAfter) {
      throw refused(
        `holds from ${link.x509.validFrom} to ${link.x509.validTo}, not at ${dateOf(time)}`,
      );
    }
    const isLeaf = index === links.length - 1;
    if (link.isAuthority === isLeaf) {
      throw refused(isLeaf ? "is an authority's, not an enclave's" : "is no authority's");
    }
    const needed = isLeaf ? KeyUsageFlags.digitalSignature : KeyUsageFlags.keyCertSign;
    if ((link.usage & needed) === 0) throw refused("has a key that is for something else");
    const below = links.length - 2 - index;
    if (link.pathLength !== undefined && below > link.pathLength) {
      throw refused(`allows ${link.pathLength} authorities below it, where there are ${below}`);
    }
  });
  const leaf = links.at(-1);
  if (leaf === undefined || links.length < 2) throw refusal(0, "is all that there is");
  return {
    publicKey: leaf.publicKey,
    notBefore: Math.max(...links.map((it) => it.notBefore)),
    notAfter: Math.min(...links.map((it) => it.notAfter)),
  };
}

function linkOf(der: Uint8Array, index: number): Link {
  const { x509, publicKey, certificate, extensions, constraints, usage } = decoded(der, index);
  const { tbsCertificate: tbs, signatureAlgorithm } = certificate;
  const refused = (reason: string): AttestationError => refusal(index, reason);
  if (x509.raw.length !== der.length) throw refused("has bytes behind its end");
  if (tbs.version !== Version.v3) throw refused("is not of version 3");
  if (![tbs.signature, signatureAlgorithm].every((it) => it.algorithm === ECDSA_WITH_SHA384)) {
    throw refused("is signed with something else than ECDSA and SHA-384");
  }
  if (publicKey.asymmetricKeyDetails?.namedCurve !== "secp384r1") {
    throw refused("has a key that is not on P-384");
  }
  if (new Set(extensions.map((it) => it.extnID)).size !== extensions.length) {
    throw refused("has an extension twice");
  }
  const unread = extensions.find(
    (it) => it.critical && it.extnID !== BASIC_CONSTRAINTS && it.extnID !== KEY_USAGE,
  );
  if (unread !== undefined) throw refused(`has the critical extension ${unread.extnID}`);
  if (constraints === undefined) throw refused("does not say whether it is an authority's");
  if (usage === undefined) throw refused("does not say what its key is for");
  return {
    x509,
    publicKey,
    isAuthority: constraints.cA,
    pathLength: constraints.pathLenConstraint,
    usage: usage.toNumber(),
    notBefore: secondsOf(tbs.validity.notBefore.getTime()),
    notAfter: secondsOf(tbs.validity.notAfter.getTime()),
  };
}

type Decoded = {
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  readonly certificate: Certificate;
  readonly extensions: readonly Extension[];
  readonly constraints: BasicConstraints | undefined;
  readonly usage: KeyUsage | undefined;
};

/** All that reads bytes which may be anything. */
function decoded(der: Uint8Array, index: number): Decoded {
  try {
    const x509 = new X509Certificate(der);
    const certificate = AsnConvert.parse(der, Certificate);
    const { extensions: listed } = certificate.tbsCertificate;
    const extensions = listed === undefined ? [] : [...listed];
    const find = (oid: string): ArrayBuffer | undefined =>
      extensions.find((it) => it.extnID === oid)?.extnValue.buffer;
    const [constraints, usage] = [find(BASIC_CONSTRAINTS), find(KEY_USAGE)];
    return {
      ...{ x509, publicKey: x509.publicKey, certificate, extensions },
      constraints: constraints && AsnConvert.parse(constraints, BasicConstraints),
      usage: usage && AsnConvert.parse(usage, KeyUsage),
    };
  } catch (cause) {
    throw refusal(index, "is not laid out as one", { cause });
  }
}

function refusal(index: number, reason: string, options?: ErrorOptions): AttestationError {
  return new AttestationError({ code: "NITRO_CERTIFICATE_REFUSED", index, reason }, options);
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function dateOf(time: number): string {
  return new Date(time * 1000).toISOString();
}
