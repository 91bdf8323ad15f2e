import { randomBytes } from "node:crypto";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import type { Domain, Hex, PaymentId, RequestId } from "@vouch/protocol";
import { bytesToHex, httpRequestId, paymentId } from "@vouch/protocol";
import type { HashedPrice } from "../catalog.ts";
import { GatewayError } from "../errors.ts";
import type { Exposure } from "./exposure.ts";
import type { ExactPayment } from "./exactPayment.ts";
import { parseExactPayment } from "./exactPayment.ts";
import type { PaymentBinding, PaymentRecord, PaymentStore } from "./paymentStore.ts";
import type { Paywall } from "./paywall.ts";
import type { TokenReader } from "./tokenReader.ts";

/** A request as it asks to be let in. */
export type Entry = {
  /** Path of the resource, without host and query. */
  readonly resource: string;
  readonly body: unknown;
  /** The header PAYMENT-SIGNATURE. */
  readonly payment: string | undefined;
  readonly prices: readonly HashedPrice[];
};

/** A request that is paid for, or free. */
export type Admitted = {
  readonly requestId: RequestId;
  readonly price: HashedPrice;
  /** `null` where nobody pays. */
  readonly payment: PaymentRecord | null;
};

/** What a gateway without payments lacks: it serves what is free. */
export type AdmissionDeps = {
  readonly paywall: Paywall;
  readonly payments: PaymentStore;
  readonly tokens: TokenReader;
  readonly exposure: Exposure;
};

export type AdmissionOptions = {
  readonly domain: Domain;
  /** Seconds that a payment must be valid for: time to answer, and to take it afterwards. */
  readonly minValiditySeconds: number;
};

export type Admission = (entry: Entry) => Promise<Admitted>;

const NOBODY: Hex = `0x${"00".repeat(20)}`;

/**
 * Decides who is answered: a payment is read, verified and bound, durably, to the one request that it pays for. The same
 * payment for the same request is let in again, and costs nothing more.
 */
export function createAdmission(options: AdmissionOptions, deps: AdmissionDeps | null): Admission {
  return async (entry) => {
    if (entry.payment !== undefined && deps !== null) return admitPaid(entry, options, deps);
    const free = entry.prices.find(({ amount }) => amount === 0n);
    if (free === undefined) throw new GatewayError({ code: "PAYMENT_REQUIRED" });
    return { requestId: freeRequestId(entry, options.domain, free), price: free, payment: null };
  };
}

function freeRequestId({ resource, body }: Entry, domain: Domain, price: HashedPrice): RequestId {
  const paymentNonce = bytesToHex(randomBytes(32));
  const { policyHash } = price;
  return httpRequestId({ domain, payer: NOBODY, paymentNonce, resource, body, policyHash });
}

async function admitPaid(
  entry: Entry,
  { domain, minValiditySeconds }: AdmissionOptions,
  deps: AdmissionDeps,
): Promise<Admitted> {
  const payment = parseExactPayment(entry.payment ?? "");
  const { requirements, price } = await matchPrice(entry, payment, deps.paywall);
  const { payer, nonce } = payment;
  const asset = requirements.asset.toLowerCase() as Hex;
  const id = paymentId(domain.chainId, asset, payer, nonce);
  const requestId = httpRequestId({
    ...{ domain, payer, paymentNonce: nonce },
    ...{ resource: entry.resource, body: entry.body, policyHash: price.policyHash },
  });
  const { payload } = payment;
  const terms = JSON.stringify({ payload, requirements });

  const known = await deps.payments.get(id);
  // Byte for byte what was verified once: no facilitator needs to be asked again, and after capture it would refuse.
  if (known !== undefined && signatureOf(known.binding.terms) === signatureOf(terms))
    return { requestId, price, payment: sameRequest(known, requestId) };

  const binding = {
    ...{ request: requestId, resource: entry.resource, policyHash: price.policyHash },
    ...{ payer, payTo: requirements.payTo.toLowerCase() as Hex, asset, nonce },
    ...{ amount: price.amount, validBefore: payment.validBefore, terms },
  };
  const asked = { payload, requirements, minValiditySeconds };
  const record = await verifyAndBind(id, binding, asked, deps);
  return { requestId, price, payment: sameRequest(record, requestId) };
}

async function matchPrice(
  { prices }: Entry,
  { payload }: ExactPayment,
  paywall: Paywall,
): Promise<{ readonly requirements: PaymentRequirements; readonly price: HashedPrice }> {
  const paid = prices.filter(({ amount }) => amount > 0n);
  const offered = await paywall.requirementsOf(paid);
  const requirements = paywall.match(offered, payload);
  const price = requirements === undefined ? undefined : paid[offered.indexOf(requirements)];
  if (requirements === undefined || price === undefined)
    throw new GatewayError({ code: "PAYMENT_NOT_OFFERED" });
  return { requirements, price };
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
  { paywall, payments, tokens, exposure }: AdmissionDeps,
): Promise<PaymentRecord> {
  const { payer, asset, amount } = binding;
  const owed = exposure.add(id, payer, amount);
  try {
    const [balance, head] = await Promise.all([
      askChain(tokens.balanceOf(asset, payer)),
      askChain(tokens.head()),
      paywall.verify(payload, requirements),
    ]);
    if (balance < owed + amount)
      throw new GatewayError({ code: "PAYMENT_UNDERFUNDED", balance, owed, amount });
    if (binding.validBefore < head.time + minValiditySeconds)
      throw new GatewayError({ code: "PAYMENT_INVALID", reason: "it expires too soon" });
    return await payments.bind(id, { ...binding, fromBlock: head.block });
  } catch (error) {
    const isBound = (await payments.get(id)) !== undefined;
    if (!isBound) exposure.remove(id, payer); // by nobody else meanwhile, either
    throw error;
  }
}

async function askChain<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new GatewayError({ code: "FACILITATOR_UNAVAILABLE", operation: "chain" }, { cause });
  }
}

function sameRequest(record: PaymentRecord, requestId: RequestId): PaymentRecord {
  const { id, binding, state } = record;
  if (binding.request !== requestId)
    throw new GatewayError({ code: "PAYMENT_BOUND_ELSEWHERE", payment: id });
  if (state === "voided" || state === "failed")
    throw new GatewayError({ code: "PAYMENT_CLOSED", payment: id, state });
  return record;
}

function signatureOf(terms: string): unknown {
  const { payload } = JSON.parse(terms) as { payload: { payload: { signature: unknown } } };
  return payload.payload.signature;
}
