import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { AttestationError } from "./errors.ts";
import { parseDocument } from "./parseDocument.ts";

/** A document of the vendor's and its signature: 64 bytes `r ‖ s` over the bytes of the text as it stands. */
export type SignedText = { readonly text: string; readonly signature: Uint8Array };

/** All that a quote is judged by. */
export type Collateral = {
  /** Lists of revoked certificates, DER. */
  readonly rootRevocations: Uint8Array;
  readonly pckRevocations: Uint8Array;
  /** Authority that signs TCB info and identities, and the root, DER. */
  readonly signingChain: readonly Uint8Array[];
  readonly tcbInfo: SignedText;
  readonly qeIdentity: SignedText;
};

/** Collateral with what a chain needs beside it, and a quote brings itself. */
export type PlatformCollateral = Collateral & {
  /** Authorities that certify platforms, DER: one of them signed `pckRevocations`. The root may be among them. */
  readonly pckAuthorities: readonly Uint8Array[];
};

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
/** Characters or bytes of each part of collateral: far more than vendors send. */
export const MAX_COLLATERAL_PART: number = 4 << 20;

const part = z.string().max(MAX_COLLATERAL_PART);
const HEX = /^(?:[0-9a-f]{2})*$/i;
const hex = z
  .string()
  .max(2 * MAX_COLLATERAL_PART)
  .regex(HEX)
  .transform((digits) => new Uint8Array(Buffer.from(digits, "hex")));

/** The file that `dcap-qvl` and PCCS clients write: PEM chains, lists in hexadecimal digits, documents as text. */
const collateralFile = z.object({
  root_ca_crl: hex,
  pck_crl: hex,
  pck_crl_issuer_chain: part.default(""),
  tcb_info_issuer_chain: part,
  tcb_info: part,
  tcb_info_signature: hex,
  qe_identity: part,
  qe_identity_signature: hex,
});

/**
 * Reads collateral from the text of one JSON file.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED`, naming the member.
 */
export function readCollateral(text: string): PlatformCollateral {
  const file = parseDocument(collateralFile, text, "file");
  return {
    rootRevocations: file.root_ca_crl,
    pckRevocations: file.pck_crl,
    pckAuthorities: readPemChain(file.pck_crl_issuer_chain),
    signingChain: readPemChain(file.tcb_info_issuer_chain),
    tcbInfo: { text: file.tcb_info, signature: file.tcb_info_signature },
    qeIdentity: { text: file.qe_identity, signature: file.qe_identity_signature },
  };
}

/**
 * Returns the certificates of a PEM text (DER), in their order.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` where one cannot be read.
 */
export function readPemChain(text: string): Uint8Array[] {
  return pemBlocks(text).map((block, index) => {
    try {
      return new Uint8Array(new X509Certificate(block).raw);
    } catch (cause) {
      const field = `certificate ${index}`;
      throw new AttestationError(
        { code: "COLLATERAL_MALFORMED", field, reason: "is none" },
        { cause },
      );
    }
  });
}

/** From each beginning to the next end, and on behind it: every character is looked at once. */
function pemBlocks(text: string): readonly string[] {
  const blocks: string[] = [];
  let from = text.indexOf(BEGIN);
  while (from >= 0) {
    const end = text.indexOf(END, from);
    if (end < 0) break;
    blocks.push(text.slice(from, end + END.length));
    from = text.indexOf(BEGIN, end + END.length);
  }
  return blocks;
}

/** Returns a certificate (DER) as PEM text. */
export function pemOf(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/**
 * Takes a document out of an answer of the provisioning service: the bytes that were signed, not what a parser would
 * write again.
 *
 * @param member `tcbInfo` or `enclaveIdentity`.
 * @throws {AttestationError} `COLLATERAL_MALFORMED`.
 */
export function readServiceAnswer(text: string, member: "tcbInfo" | "enclaveIdentity"): SignedText {
  const malformed = (reason: string): AttestationError =>
    new AttestationError({ code: "COLLATERAL_MALFORMED", field: member, reason });
  const start = `{"${member}":`;
  const between = `,"signature":"`;
  const end = text.lastIndexOf(between);
  const trimmed = text.trimEnd();
  if (!text.startsWith(start) || end < 0) throw malformed("and its signature are not all there");
  const signature = trimmed.slice(end + between.length, -2);
  if (!trimmed.endsWith('"}') || !/^[0-9a-f]{128}$/i.test(signature)) {
    throw malformed("has no signature of 64 bytes behind it");
  }
  return {
    text: text.slice(start.length, end),
    signature: new Uint8Array(Buffer.from(signature, "hex")),
  };
}
