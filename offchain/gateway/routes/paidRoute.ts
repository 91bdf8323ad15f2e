import { encodePaymentRequiredHeader, encodePaymentResponseHeader } from "@x402/core/http";
import type { Hex } from "@vouch/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../errors.ts";
import { errorBody, statusOf } from "../httpErrors.ts";
import type { Admission, Admitted, Entry } from "../payment/admission.ts";
import type { PaymentRecord } from "../payment/paymentStore.ts";
import type { Paywall } from "../payment/paywall.ts";

/** Name of the header by which a requester selects a policy, by name or hash. */
export const POLICY_HEADER = "x-vouch-policy";
/** Name of the header by which the requester of a free answer binds its receipt: 32 bytes in hex, once for each request. */
export const NONCE_HEADER = "x-vouch-nonce";
/** Name of the header that names an answer's receipt. */
export const RECEIPT_HEADER = "x-vouch-receipt";

export type PaidRouteDeps = {
  readonly admit: Admission;
  /** `null` where nothing is paid. */
  readonly paywall: Paywall | null;
  readonly publicUrl: string;
};

/**
 * Lets a request in, or answers it with what it would cost: 402, the requirements in PAYMENT-REQUIRED and in the body, with the
 * error as OpenAI's clients read it.
 *
 * @returns undefined where the reply was sent
 */
export async function admitOrAsk(
  request: FastifyRequest,
  reply: FastifyReply,
  { prices, question }: Pick<Entry, "prices" | "question">,
  { admit, paywall, publicUrl }: PaidRouteDeps,
): Promise<Admitted | undefined> {
  const payment = headerOf(request, "payment-signature");
  const resourceOf = (): string => new URL(request.url, publicUrl).pathname;
  try {
    const entry = { resourceOf, body: request.body, payment, nonce: nonceOf(request) };
    const admitted = await admit({ ...entry, prices, question });
    reply.header(RECEIPT_HEADER, admitted.requestId);
    return admitted;
  } catch (error) {
    if (!(error instanceof GatewayError) || statusOf(error) !== 402 || paywall === null)
      throw error;
    const offers = await paywall.listedOf(prices, question);
    const requirements = offers.map((it) => it.requirements);
    const url = `${publicUrl}${resourceOf()}`;
    const required = await paywall.requiredResponse(requirements, url, error.message);
    await reply
      .code(402)
      .header("PAYMENT-REQUIRED", encodePaymentRequiredHeader(required))
      .header("cache-control", "no-store")
      .send({ ...required, ...errorBody(error) });
    return undefined;
  }
}

/** Says that a payment was taken, in x402's header, where it was: before, there is nothing to say. */
export function sendSettlement(
  reply: FastifyReply,
  payment: PaymentRecord | null,
  chainId: bigint,
): void {
  if (payment?.state !== "captured" || payment.facts.transaction === undefined) return;
  const settlement = {
    success: true,
    transaction: payment.facts.transaction,
    network: `eip155:${chainId}`,
    payer: payment.binding.payer,
  } as const;
  reply.header("PAYMENT-RESPONSE", encodePaymentResponseHeader(settlement));
}

/** @throws {GatewayError} `REQUEST_INVALID`. */
function nonceOf(request: FastifyRequest): Hex | undefined {
  const nonce = headerOf(request, NONCE_HEADER);
  if (nonce === undefined) return undefined;
  if (/^0x[0-9a-fA-F]{64}$/.test(nonce)) return nonce.toLowerCase() as Hex;
  const reason = "not 32 bytes in hex";
  throw new GatewayError({ code: "REQUEST_INVALID", parameter: NONCE_HEADER, reason });
}

/** Returns the one value of a header. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
