import type { PaymentPayload } from "@x402/core/types";
import type { Hex, PaymentId } from "@vouch/protocol";
import {
  ProtocolError,
  escrowOf,
  parseEscrowPayment,
  parseEscrowTerms,
  paymentId,
  requestIdOf,
} from "@vouch/protocol";
import { GatewayError } from "../../errors.ts";
import type { Admitted, Taken } from "../admission.ts";
import { askChain } from "../askChain.ts";
import type { PaymentBinding, PaymentRecord, PaymentStore } from "../paymentStore.ts";
import type { Paywall } from "../paywall.ts";
import { sameRequest } from "../sameRequest.ts";
import type { EscrowChain } from "./escrowChain.ts";

export type AdmitEscrowOptions = {
  readonly chainId: bigint;
  /** `InferenceRequests`. */
  readonly requests: Hex;
};

export type AdmitEscrowDeps = {
  readonly paywall: Pick<Paywall, "verify">;
  readonly payments: PaymentStore;
  readonly chain: Pick<EscrowChain, "head">;
  /** Called with a payment whose request has to be made, or seen to. */
  readonly onBound: (payment: PaymentRecord) => void;
};

export type AdmitEscrow = (taken: Taken & { readonly resource: string }) => Promise<Admitted>;

/**
 * Lets in who signed a request of its own: its id on the chain is the statement's, and what it commits to is what was sent, for
 * the offer that it took names them. The payment is bound before anything is sent.
 */
export function createAdmitEscrow(
  { chainId, requests }: AdmitEscrowOptions,
  { paywall, payments, chain, onBound }: AdmitEscrowDeps,
): AdmitEscrow {
  async function verifyAndBind(
    id: PaymentId,
    { payload, requirements }: Taken,
    binding: Omit<PaymentBinding, "fromBlock">,
  ): Promise<PaymentRecord> {
    const { time, block } = await askChain(chain.head());
    const { params } = readPayment(payload);
    const { lockSeconds } = parseEscrowTerms(requirements.extra["escrow"]);
    // Of a request that no operator has the time to take, the gas alone would be spent.
    const left = params.lockDeadline - time;
    if (left < lockSeconds / 2)
      throw new GatewayError({ code: "PAYMENT_INVALID", reason: "it expires too soon" });
    if (left > lockSeconds * 2)
      throw new GatewayError({ code: "PAYMENT_INVALID", reason: "it expires too late" });
    await paywall.verify(payload, requirements);
    return payments.bind(id, { ...binding, fromBlock: block });
  }

  return async (taken) => {
    const { price, requirements, payload, terms, resource } = taken;
    const { requester: payer, params } = readPayment(payload);
    const request = requestIdOf({ chainId, requests }, payer, params.nonce);
    const asset = requirements.asset.toLowerCase() as Hex;
    const id = paymentId(chainId, asset, payer, request);

    const known = await payments.get(id);
    // To the letter: one signature beside other parameters, or another offer, is another payment.
    const isKnown = known?.binding.terms === terms;
    const record = isKnown
      ? known
      : await verifyAndBind(id, taken, {
          ...{ request, resource, policyHash: price.policyHash, payer, payTo: requests, asset },
          ...{ nonce: request, amount: escrowOf(params), validBefore: params.deadline, terms },
        });
    // Another request of this id may have been signed: what is bound is what was verified first.
    if (record.binding.terms !== terms)
      throw new GatewayError({ code: "PAYMENT_BOUND_ELSEWHERE", payment: id });
    const payment = sameRequest(record, request);
    if (payment.state !== "captured") onBound(payment);
    return { requestId: request, price, payment };
  };
}

function readPayment({ payload }: PaymentPayload): ReturnType<typeof parseEscrowPayment> {
  try {
    return parseEscrowPayment(payload);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new GatewayError({ code: "PAYMENT_MALFORMED", reason: cause.message }, { cause });
  }
}
