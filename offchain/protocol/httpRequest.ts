import { id, keccak256, toUtf8Bytes } from "ethers";
import { canonicalJson } from "./canonicalJson.ts";
import type { Brand, Hex, RequestId } from "./hex.ts";
import { hashOfHex, wordToHex } from "./hex.ts";
import type { Domain } from "./statement.ts";
import { addressWord } from "./statementDomain.ts";

/** Hash of a payment's chain, token, payer and nonce: no token pays twice for one of these. */
export type PaymentId = Hex & Brand<"PaymentId">;

/** A request that comes by HTTP: what was asked of whom, and the payment that asks for nothing else. */
export type HttpRequest = {
  readonly domain: Domain;
  /** The zero address where nobody pays. */
  readonly payer: Hex;
  /** 32 bytes that the payer chose; the gateway draws them where nobody pays. */
  readonly paymentNonce: Hex;
  /** Path of the resource, as in `/v1/infer/0x…`: no host, no query. */
  readonly resource: string;
  /** The JSON document that was sent; its canonical form counts. */
  readonly body: unknown;
  readonly policyHash: Hex;
};

const utf8 = new TextEncoder();
const LONE_SURROGATE = /\p{Surrogate}/u;
const REQUEST_TAG = id("vouch.http.request.v1") as Hex;
const PAYMENT_TAG = id("vouch.http.payment.v1") as Hex;
/**
 * Returns the id of a request that has none on a chain: a statement for it cannot be passed off as one for another body,
 * resource, policy or payment.
 */
export function httpRequestId(request: HttpRequest): RequestId {
  const { domain, payer, paymentNonce, resource, body, policyHash } = request;
  // Fields of one word each are their own ABI encoding; the encoder takes ten times as long.
  return hashOfHex([
    REQUEST_TAG,
    wordToHex(domain.chainId),
    addressWord(domain.router),
    addressWord(payer),
    paymentNonce,
    hashOfText(resource),
    hashOfText(canonicalJson(body)),
    policyHash,
  ]) as RequestId;
}

/** Returns the id of a payment: `nonce` is the one that its payer signed. */
export function paymentId(chainId: bigint, asset: Hex, payer: Hex, nonce: Hex): PaymentId {
  const fields = [PAYMENT_TAG, wordToHex(chainId), addressWord(asset), addressWord(payer), nonce];
  return hashOfHex(fields) as PaymentId;
}

function hashOfText(text: string): Hex {
  // The encoder of ethers is many times slower, and throws where the platform's writes U+FFFD.
  return keccak256(LONE_SURROGATE.test(text) ? toUtf8Bytes(text) : utf8.encode(text)) as Hex;
}
