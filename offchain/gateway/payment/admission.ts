import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import type { Domain, Hex, PaymentId, RequestId } from "@vouch/protocol";
import { ESCROW_SCHEME, VOUCHER_SCHEME, httpRequestId, paymentId } from "@vouch/protocol";
import { ZeroAddress } from "ethers";
import type { HashedPrice } from "../catalog.ts";
import { GatewayError } from "../errors.ts";
import { drawRequestId } from "./drawRequestId.ts";
import type { AdmitEscrow } from "./escrow/admitEscrow.ts";
import type { EscrowQuestion } from "./escrow/escrowTermsOf.ts";
import { askChain } from "./askChain.ts";
import { parseExactPayment } from "./exactPayment.ts";
import { parsePayment } from "./parsePayment.ts";
import type { PaymentBinding, PaymentRecord, PaymentStore } from "./paymentStore.ts";
import type { Paywall, PriceOffer } from "./paywall.ts";
import { isSamePayment, sameRequest } from "./sameRequest.ts";
import type { TokenReader } from "./tokenReader.ts";
import type { AdmitVoucher } from "./voucher/admitVoucher.ts";

/** A request as it asks to be let in. */
export type Entry = {
  /** Path of the resource, without host and query; what is free is bound to none. */
  readonly resourceOf: () => string;
  readonly body: unknown;
  /** The header PAYMENT-SIGNATURE. */
  readonly payment: string | undefined;
  /** What the requester chose to tell a free request from others by; undefined where the gateway is to draw its id. */
  readonly nonce?: Hex | undefined;
  readonly prices: readonly HashedPrice[];
  /** What an escrow would hold the payment for, or a voucher pays for; `null` for a text. */
  readonly question: EscrowQuestion | null;
};

/** A request that is paid for, or free. */
export type Admitted = {
  readonly requestId: RequestId;
  readonly price: HashedPrice;
  /** `null` where nobody pays. */
  readonly payment: PaymentRecord | null;
  /** Whether its id was drawn here and now, so that nobody can have asked it before; not where absent. */
  readonly isDrawn?: boolean;
};

/** What a gateway without payments lacks: it serves what is free. */
export type AdmissionDeps = {
  readonly paywall: Paywall;
  readonly payments: PaymentStore;
  readonly tokens: TokenReader;
  /** Most unsettled payments of one payer by `exact`: what may be lost to it. */
  readonly maxUnsettledPerPayer: number;
  /** `null` where no payment is held. */
  readonly admitEscrow: AdmitEscrow | null;
  /** `null` where no voucher is taken. */
  readonly admitVoucher: AdmitVoucher | null;
};

export type AdmissionOptions = {
  readonly domain: Domain;
  /** Seconds that a payment must be valid for: time to answer, and to take it afterwards. */
  readonly minValiditySeconds: number;
};

export type Admission = (entry: Entry) => Promise<Admitted>;

/**
 * Decides who is answered: a payment is read, verified and bound, durably, to the one request that it pays for. The same
 * payment for the same request is let in again, and costs nothing more. A free request is bound to the requester's own nonce,
 * where it has one, and to nothing where its id is drawn.
 */
export function createAdmission(options: AdmissionOptions, deps: AdmissionDeps | null): Admission {
  return async (entry) => {
    if (entry.payment !== undefined && deps !== null) return admitPaid(entry, options, deps);
    const free = entry.prices.find(({ amount }) => amount === 0n);
    if (free === undefined) throw new GatewayError({ code: "PAYMENT_REQUIRED" });
    const { nonce } = entry;
    return nonce === undefined
      ? { requestId: drawRequestId(), price: free, payment: null, isDrawn: true }
      : { requestId: freeRequestId(entry, nonce, free, options), price: free, payment: null };
  };
}

/** By its zero payer it is the id of no payment's request. */
function freeRequestId(
  { resourceOf, body }: Entry,
  paymentNonce: Hex,
  { policyHash }: HashedPrice,
  { domain }: AdmissionOptions,
): RequestId {
  const resource = resourceOf();
  return httpRequestId({
    domain,
    payer: ZeroAddress as Hex,
    paymentNonce,
    resource,
    body,
    policyHash,
  });
}

async function admitPaid(
  entry: Entry,
  options: AdmissionOptions,
  deps: AdmissionDeps,
): Promise<Admitted> {
  const payload = parsePayment(entry.payment ?? "");
  const offer = deps.paywall.match(
    await deps.paywall.offersOf(entry.prices, entry.question),
    payload,
  );
  if (offer === undefined) throw new GatewayError({ code: "PAYMENT_NOT_OFFERED" });
  const terms = JSON.stringify({ payload, requirements: offer.requirements });
  const { scheme } = offer.requirements;
  const { body } = entry;
  const resource = entry.resourceOf();
  if (scheme === ESCROW_SCHEME && deps.admitEscrow !== null)
    return deps.admitEscrow({ ...offer, payload, terms, resource });
  if (scheme === VOUCHER_SCHEME && deps.admitVoucher !== null)
    return deps.admitVoucher({
      ...offer,
      payload,
      terms,
      resource,
      body,
      question: entry.question,
    });
  return admitExact(entry, { ...offer, payload, terms }, options, deps);
}

/** A payment, and the offer that it took. */
export type Taken = PriceOffer & {
  readonly payload: PaymentPayload;
  /** JSON of both, as it is bound. */
  readonly terms: string;
};

async function admitExact(
  entry: Entry,
  { price, requirements, payload, terms }: Taken,
  { domain, minValiditySeconds }: AdmissionOptions,
  deps: AdmissionDeps,
): Promise<Admitted> {
  const { payer, nonce, validBefore } = parseExactPayment(payload);
  const asset = requirements.asset.toLowerCase() as Hex;
  const id = paymentId(domain.chainId, asset, payer, nonce);
  const resource = entry.resourceOf();
  const requestId = httpRequestId({
    ...{ domain, payer, paymentNonce: nonce },
    ...{ resource, body: entry.body, policyHash: price.policyHash },
  });

  const known = await deps.payments.get(id);
  if (known !== undefined && isSamePayment(known, terms))
    return { requestId, price, payment: sameRequest(known, requestId) };

  const binding = {
    ...{ request: requestId, resource, policyHash: price.policyHash },
    ...{ payer, payTo: requirements.payTo.toLowerCase() as Hex, asset, nonce },
    ...{ amount: price.amount, validBefore, terms },
  };
  const asked = { payload, requirements, minValiditySeconds };
  const record = await verifyAndBind(id, binding, asked, deps);
  return { requestId, price, payment: sameRequest(record, requestId) };
}

type Terms = {
  readonly payload: PaymentPayload;
  readonly requirements: PaymentRequirements;
  readonly minValiditySeconds: number;
};

async function verifyAndBind(
  id: PaymentId,
  binding: Omit<PaymentBinding, "fromBlock">,
  { payload, requirements, minValiditySeconds }: Terms,
  { paywall, payments, tokens, maxUnsettledPerPayer: limit }: AdmissionDeps,
): Promise<PaymentRecord> {
  const { payer, asset, amount } = binding;
  const [head, since] = await Promise.all([
    askChain(tokens.head()),
    payments.clock(),
    paywall.verify(payload, requirements),
  ]);
  if (binding.validBefore < head.time + minValiditySeconds)
    throw new GatewayError({ code: "PAYMENT_INVALID", reason: "it expires too soon" });
  // Only now is the payer known to have signed: nobody counts against another.
  const funds = await askChain(tokens.balanceOf(asset, payer));
  const bound = await payments.bindWithin(
    id,
    { ...binding, fromBlock: head.block },
    { among: { scheme: "exact" }, funds, since, most: limit },
  );
  switch (bound.kind) {
    case "bound":
      return bound.record;
    case "crowded":
      throw new GatewayError({ code: "TOO_MANY_UNSETTLED", payer, limit });
    case "exceeded": {
      const { owed } = bound;
      throw new GatewayError({ code: "PAYMENT_UNDERFUNDED", balance: funds, owed, amount });
    }
  }
}
