import { Buffer } from "node:buffer";
import {
  MAX_COLLATERAL_PART,
  type PlatformCollateral,
  readPemChain,
  readServiceAnswer,
} from "./collateral.ts";
import { AttestationError } from "./errors.ts";

/** What a provisioning service answers, as it came: signatures cover the bytes. */
export type CollateralAnswers = {
  /** A list in DER, in PEM, or in hexadecimal digits of DER. */
  readonly rootRevocations: Uint8Array;
  readonly pckRevocations: Uint8Array;
  readonly tcbInfo: string;
  readonly qeIdentity: string;
  /** PEM, URL-encoded as in a header or not; empty where none came. */
  readonly pckIssuerChain: string;
  readonly signingChain: string;
};

/** A place that collateral of a platform model is taken from. */
export type CollateralSource<Model> = (model: Model) => Promise<PlatformCollateral>;

const SEQUENCE = 0x30;
const HEX = /^(?:[0-9a-f]{2})+$/i;

/**
 * Puts answers together.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED`.
 */
export function assembleCollateral(answers: CollateralAnswers): PlatformCollateral {
  for (const [field, { length }] of Object.entries<CollateralAnswers[keyof CollateralAnswers]>(
    answers,
  )) {
    // A list may come in digits, two a byte.
    if (length > 2 * MAX_COLLATERAL_PART) {
      const reason = `has a length of ${length}, where ${2 * MAX_COLLATERAL_PART} is the limit`;
      throw new AttestationError({ code: "COLLATERAL_MALFORMED", field, reason });
    }
  }
  return {
    rootRevocations: listOf(answers.rootRevocations, "root's revocation list"),
    pckRevocations: listOf(answers.pckRevocations, "PCK revocation list"),
    pckAuthorities: chainOf(answers.pckIssuerChain),
    signingChain: chainOf(answers.signingChain),
    tcbInfo: readServiceAnswer(answers.tcbInfo, "tcbInfo"),
    qeIdentity: readServiceAnswer(answers.qeIdentity, "enclaveIdentity"),
  };
}

/** Returns the certificates of an issuer chain as headers and files have it. */
export function chainOf(text: string): readonly Uint8Array[] {
  if (!text.includes("%")) return readPemChain(text);
  try {
    return readPemChain(decodeURIComponent(text));
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    throw new AttestationError(
      { code: "COLLATERAL_MALFORMED", field: "issuer chain", reason: "is not URL-encoded" },
      { cause },
    );
  }
}

function listOf(bytes: Uint8Array, field: string): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1").trim();
  if (HEX.test(text)) return Uint8Array.from(Buffer.from(text, "hex"));
  if (bytes[0] === SEQUENCE) return Uint8Array.from(bytes);
  const pem = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/.exec(text)?.[1];
  if (pem !== undefined) return Uint8Array.from(Buffer.from(pem, "base64"));
  throw new AttestationError({
    code: "COLLATERAL_MALFORMED",
    field,
    reason: "is neither DER, nor PEM, nor hexadecimal digits",
  });
}
