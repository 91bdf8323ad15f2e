import type { Hex, Policy, ReleaseId, RequestId } from "@vouch/protocol";
import {
  ESCROW_SCHEME,
  ProtocolError,
  VOUCHER_SCHEME,
  httpRequestId,
  parseEscrowPayment,
  parseVoucherPayment,
  policyHash,
  requestIdOf,
} from "@vouch/protocol";
import * as z from "zod";
import { translateError } from "../client/translateError.ts";
import { SdkError } from "../errors.ts";
import { escrowScheme } from "../escrowScheme.ts";
import { voucherScheme } from "../voucherScheme.ts";
import { EXACT_SCHEME, signExact } from "./signExact.ts";
import type { PaymentWay, Purse } from "./gatewayOptions.ts";
import type { GatewayOffer, SentPayment } from "./offers.ts";
import type { GatewaySession } from "./session.ts";

/** The one request that is paid for. */
export type PaidAsk = {
  readonly release: ReleaseId;
  readonly resource: string;
  /** JSON, as it is sent. */
  readonly body: unknown;
  readonly policy: Policy;
  /** Null for a text: the chain has no form of it. */
  readonly words: readonly bigint[] | null;
};

/** Longest that a payment may be good for, unless the purse says otherwise; a voucher is for a batch. */
const MAX_SECONDS = 900;
const MAX_VOUCHER_SECONDS = 86_400;

/**
 * Returns the offer that a purse takes: of the policy that was asked for, by the first of its ways that is there.
 *
 * @throws {SdkError} `PAYMENT_NEEDED`.
 */
export function chooseOffer(
  purse: Purse | undefined,
  offers: readonly GatewayOffer[],
  { resource, policy }: PaidAsk,
): GatewayOffer {
  const hash = policyHash(policy);
  const ways: readonly PaymentWay[] = purse === undefined ? [] : (purse.ways ?? ["payment"]);
  for (const way of ways) {
    const found = offers.find((it) => it.way === way && it.policyHash.toLowerCase() === hash);
    if (found !== undefined) return found;
  }
  const listed = offers.map(({ amount, asset, way }) => `${amount} of ${asset} by ${way}`);
  throw new SdkError({ code: "PAYMENT_NEEDED", resource, offers: listed });
}

/**
 * Signs what an offer asks for, if it is within what the purse allows and for this request.
 *
 * @throws {SdkError} `PAYMENT_REFUSED`, `ESCROW_REFUSED`, `VOUCHER_REFUSED`, `RESPONSE_MALFORMED`, `GATEWAY_INVALID`, `USER_REJECTED`.
 */
export async function signOffer(
  { domain, deployment }: GatewaySession,
  purse: Purse,
  offer: GatewayOffer,
  ask: PaidAsk,
): Promise<Record<string, unknown>> {
  const { chainId, router } = domain;
  const { now, token, maxAmount, ways = ["payment"] } = purse;
  const signer = walletOf(purse);
  const clock = now === undefined ? {} : { now };
  const { release, policy, words: input } = ask;
  const sign = async (): Promise<{ readonly payload: Record<string, unknown> }> => {
    if (offer.way === "payment") {
      const { payTo, maxSeconds = MAX_SECONDS } = purse;
      const limits = { chainId, token, maxAmount, maxSeconds, payTo };
      const exact = { ...limits, policyHash: policyHash(policy) };
      return { payload: await signExact(offer, exact, { signer, now }) };
    }
    if (input === null) throw invalid("pay.ways", "a text is paid by `payment` alone");
    if (offer.way === "individual") {
      const { inferenceRequests: requests, requestFunding: funding } = deployment;
      const { maxSeconds = MAX_SECONDS, permitNonce } = purse;
      const terms = { chainId, requests, funding, token, release, input, policy };
      const deps = { signer, ...clock, ...(permitNonce === undefined ? {} : { permitNonce }) };
      const limits = { maxEscrow: maxAmount, maxSeconds };
      return escrowScheme({ ...terms, ...limits }, deps).createPaymentPayload(2, offer);
    }
    const { operator, maxSeconds = MAX_VOUCHER_SECONDS, nextNonce } = purse;
    if (operator === undefined)
      throw invalid("pay.operator", "a voucher draws on a deposit: say whom it is reserved for");
    const { resource, body } = ask;
    const terms = { chainId, router, ledger: deployment.receiptLedger, operator, token, release };
    const limits = { maxAmount, maxSeconds, settlements: ways.filter(isVoucherWay) };
    const deps = { signer, ...clock, ...(nextNonce === undefined ? {} : { nextNonce }) };
    return voucherScheme(
      { ...terms, ...limits, input, policy, resource, body },
      deps,
    ).createPaymentPayload(2, offer);
  };
  try {
    return (await sign()).payload;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const reason = `an offer by ${offer.way} that nobody could take: ${error.message}`;
    throw new SdkError(
      { code: "RESPONSE_MALFORMED", resource: ask.resource, reason },
      { cause: error },
    );
  }
}

/** A purse's signer, whose refusals are this package's errors. */
function walletOf({ signer }: Purse): Purse["signer"] {
  const asked = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw translateError(error, "sign the payment");
    }
  };
  return {
    getAddress: () => asked(signer.getAddress()),
    signTypedData: (...parts) => asked(signer.signTypedData(...parts)),
  };
}

const authorizationSchema = z.object({
  authorization: z.object({
    from: z.string().transform((value) => value.toLowerCase() as Hex),
    nonce: z.string().transform((value) => value as Hex),
  }),
});

/**
 * Returns the id of the request that a payment of ours pays for: what the receipt has to be of.
 *
 * @throws {SdkError} `GATEWAY_INVALID`; {ProtocolError} for a payment that this package did not make.
 */
export function requestPaidBy(
  { domain, deployment }: GatewaySession,
  { accepted, payload }: SentPayment,
  { resource, body, policy }: PaidAsk,
): RequestId {
  switch (accepted.scheme) {
    case EXACT_SCHEME: {
      const { from: payer, nonce: paymentNonce } = authorizationSchema.parse(payload).authorization;
      const parts = { domain, payer, paymentNonce, resource, body };
      return httpRequestId({ ...parts, policyHash: policyHash(policy) });
    }
    case VOUCHER_SCHEME:
      return parseVoucherPayment(payload).voucher.terms.request;
    case ESCROW_SCHEME: {
      const { requester, params } = parseEscrowPayment(payload);
      const own = { chainId: domain.chainId, requests: deployment.inferenceRequests };
      return requestIdOf(own, requester, params.nonce);
    }
    default:
      throw invalid("resume", `nothing here pays by ${accepted.scheme}`);
  }
}

function isVoucherWay(way: PaymentWay): way is "batch" | "record" {
  return way === "batch" || way === "record";
}

function invalid(option: string, reason: string): SdkError {
  return new SdkError({ code: "GATEWAY_INVALID", option, reason });
}
