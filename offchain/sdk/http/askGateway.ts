import type { Hex, RequestId } from "@vouch/protocol";
import { httpRequestId, policyHash, wordToHex } from "@vouch/protocol";
import { ZeroAddress } from "ethers";
import { abortable, requireGoing } from "../abort.ts";
import { drawNonce } from "../x402Client.ts";
import type { GatewayAskOptions, PaymentWay } from "./gatewayOptions.ts";
import type { HttpReply } from "./httpClient.ts";
import { decodePayment, encodePayment, readOffers } from "./offers.ts";
import { paidWork } from "./paidWork.ts";
import { refusalOf } from "./refusal.ts";
import { retried } from "./retry.ts";
import type { GatewaySession } from "./session.ts";
import type { PaidAsk } from "./signPayment.ts";
import { chooseOffer, requestPaidBy, signOffer } from "./signPayment.ts";

/** What was signed for a request. */
export type GatewayPayment = {
  /** The header PAYMENT-SIGNATURE: sent again by `resume`, it pays once. */
  readonly header: string;
  readonly scheme: string;
  readonly token: string;
  /** In the token's smallest unit. */
  readonly amount: bigint;
};

/** What a gateway answered, and the request that it has to have answered: known here, whatever it says. */
export type Answered<T> = {
  readonly id: RequestId;
  readonly payment: GatewayPayment | null;
  readonly reply: T;
};

/**
 * Asks for an answer, and pays for it where that is asked for and within what the purse allows. Every attempt carries the same nonce or
 * payment, so that one answer is given, and one payment taken, however often it is sent.
 *
 * @param read of a reply of status 200; where it throws `GATEWAY_UNREACHABLE` the request is sent again
 * @throws {SdkError} `GATEWAY_UNREACHABLE`, `GATEWAY_REFUSED`, `PAYMENT_NEEDED`, `PAYMENT_REFUSED`, `ESCROW_REFUSED`, `VOUCHER_REFUSED`,
 * `RESPONSE_MALFORMED`, `RESPONSE_TOO_LARGE`, `ABORTED`.
 */
export async function askGateway<T>(
  session: GatewaySession,
  ask: PaidAsk,
  { signal, onProgress, resume }: GatewayAskOptions,
  read: (reply: HttpReply) => Promise<T> | T,
): Promise<Answered<T>> {
  const { resource, body, policy } = ask;
  const hash = policyHash(policy);
  const nonce = wordToHex(drawNonce());
  const send = async <R>(
    payment: GatewayPayment | null,
    readReply: (reply: HttpReply) => Promise<R> | R,
  ): Promise<R> => {
    const headers = {
      ...{ "content-type": "application/json", "x-vouch-policy": hash, "x-vouch-nonce": nonce },
      ...(payment === null ? {} : { "payment-signature": payment.header }),
    };
    const parts = { method: "POST", headers, body: JSON.stringify(body) } as const;
    const onRetry = (attempt: number, reason: string): void =>
      onProgress?.({ status: "retrying", attempt, reason });
    return retried(
      { resource, attempts: session.attempts, signal, onRetry },
      () => session.http(resource, parts, signal),
      readReply,
    );
  };
  const sendPaid = async (payment: GatewayPayment): Promise<Answered<T>> => {
    const id = requestPaidBy(session, decodePayment(payment.header), ask);
    onProgress?.({ status: "signed", id, payment: payment.header });
    const reply = await paidWork(payment.header, () =>
      send(payment, async (it) => {
        if (it.status !== 200) throw await refusalOf(resource, it);
        return read(it);
      }),
    );
    onProgress?.({ status: "answered", id });
    return { id, payment, reply };
  };
  if (resume !== undefined) return sendPaid(paymentOf(resume));

  const first = await send(null, async (it) => {
    if (it.status === 200) return { isFree: true, reply: await read(it) } as const;
    await it.text(); // the same as the header, for others
    const offers = readOffers(resource, it.headers.get("payment-required"));
    return { isFree: false, offers } as const;
  });
  if (first.isFree) {
    const payer = ZeroAddress as Hex;
    const parts = { domain: session.domain, payer, paymentNonce: nonce, resource, body };
    const id = httpRequestId({ ...parts, policyHash: hash });
    onProgress?.({ status: "answered", id });
    return { id, payment: null, reply: first.reply };
  }
  const purse = session.pay;
  const offer = chooseOffer(purse, first.offers, ask);
  if (purse === undefined) throw new TypeError("an offer was chosen without a purse"); // never
  const { way, amount, asset: token } = offer;
  onProgress?.(pricedOf(way, amount, token));
  requireGoing(signal, `agreeing to the price of ${resource}`);
  const signed = signOffer(session, purse, offer, ask);
  const payload = await abortable(signed, signal, `signing a payment for ${resource}`);
  return sendPaid(paymentOf(encodePayment({ x402Version: 2, accepted: offer.accepted, payload })));
}

function pricedOf(way: PaymentWay, amount: string, token: string) {
  return { status: "priced", way, amount: BigInt(amount), token } as const;
}

/** @throws {SdkError} `GATEWAY_INVALID` for what is no payment. */
export function paymentOf(header: string): GatewayPayment {
  const { accepted } = decodePayment(header);
  const { scheme, asset: token, amount } = accepted;
  return { header, scheme, token, amount: BigInt(amount) };
}
