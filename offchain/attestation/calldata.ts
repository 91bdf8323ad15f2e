import { type BytesLike, hexlify, keccak256 } from "ethers";
import { readCertificate } from "./certificate.ts";
import type { SignedText } from "./collateral.ts";
import { AttestationError } from "./errors.ts";
import type { KeyedSignature, Quote } from "./readQuote.ts";

/** A point of P-256, as contracts take it. */
export type PublicKeyStruct = { readonly x: string; readonly y: string };

/** A signature on P-256 and the key that made it, as contracts take them. */
export type SignatureStruct = {
  readonly r: string;
  readonly s: string;
  readonly key: PublicKeyStruct;
};

/** What `DcapVerifier` reads of a quote: its certificates and whatever nobody signed are left out. */
export type QuoteStruct = {
  readonly signed: string;
  readonly attestation: SignatureStruct;
  readonly qeReport: string;
  readonly qeAuthData: string;
  readonly certification: SignatureStruct;
};

/**
 * Returns a quote as contracts take it.
 *
 * @param pckCertificate DER; by default the one that the quote brings.
 * @throws {AttestationError} `QUOTE_MALFORMED` where it brings none.
 */
export function quoteStruct(quote: Quote, pckCertificate = quote.chain[0]): QuoteStruct {
  if (pckCertificate === undefined) {
    throw new AttestationError({
      code: "QUOTE_MALFORMED",
      field: "certificate chain",
      reason: "is empty: give the platform's PCK certificate",
    });
  }
  return {
    signed: hexlify(quote.signed),
    attestation: signatureStruct(quote.attestation),
    qeReport: hexlify(quote.qeReport),
    qeAuthData: hexlify(quote.qeAuthData),
    certification: signatureStruct({
      signature: quote.qeSignature,
      key: publicKeyOf(pckCertificate),
    }),
  };
}

/** Returns the signature of a document of the vendor's as contracts take it. */
export function documentSignature(document: SignedText, authority: Uint8Array): SignatureStruct {
  return signatureStruct({ signature: document.signature, key: publicKeyOf(authority) });
}

/** Returns the key of a certificate (DER) as contracts take it. */
export function publicKeyStruct(certificate: Uint8Array): PublicKeyStruct {
  return pointStruct(publicKeyOf(certificate));
}

/** Returns what contracts know the key of a certificate by: the hash of its coordinates. */
export function keyIdOf(certificate: Uint8Array): string {
  return keccak256(publicKeyOf(certificate));
}

/**
 * Returns the public key of a certificate (DER): 64 bytes `x ‖ y`.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED` where it is not on P-256.
 */
export function publicKeyOf(certificate: Uint8Array): Uint8Array {
  const { publicKey } = readCertificate(certificate);
  if (publicKey !== undefined) return publicKey;
  const reason = "has a key that is not on P-256";
  throw new AttestationError({ code: "COLLATERAL_MALFORMED", field: "certificate", reason });
}

function signatureStruct({ signature, key }: KeyedSignature): SignatureStruct {
  return { ...halves(signature, "r", "s"), key: pointStruct(key) };
}

function pointStruct(point: Uint8Array): PublicKeyStruct {
  return halves(point, "x", "y");
}

function halves<A extends string, B extends string>(
  bytes: Uint8Array,
  first: A,
  second: B,
): Record<A | B, string> {
  const word = (from: number): BytesLike => bytes.subarray(from, from + 32);
  return { [first]: hexlify(word(0)), [second]: hexlify(word(32)) } as Record<A | B, string>;
}
