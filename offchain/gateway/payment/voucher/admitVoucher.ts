import type { Domain, Hex, LedgerDomain, VoucherPayment } from "@vouch/protocol";
import {
  ProtocolError,
  VOUCHER_SCHEME,
  findVoucherFault,
  httpRequestId,
  isVoucherSigned,
  parseVoucherOffer,
  parseVoucherPayment,
  paymentId,
  voucherPaymentNonce,
} from "@vouch/protocol";
import type { PaymentPayload } from "@x402/core/types";
import { GatewayError } from "../../errors.ts";
import type { Admitted, Taken } from "../admission.ts";
import { askChain } from "../askChain.ts";
import type { EscrowQuestion } from "../escrow/escrowTermsOf.ts";
import type { PaymentBinding, PaymentStore } from "../paymentStore.ts";
import { sameRequest } from "../sameRequest.ts";
import { schemeOf } from "../schemeOf.ts";
import type { LedgerChain } from "./ledgerChain.ts";
import type { VoucherStanding } from "./voucherStanding.ts";

export type AdmitVoucherOptions = {
  /** Of the request's id. */
  readonly domain: Domain;
  readonly ledger: Hex;
};

export type AdmitVoucherDeps = {
  readonly payments: Pick<PaymentStore, "get" | "bindWithin" | "clock">;
  readonly chain: Pick<LedgerChain, "head" | "spendableOf" | "isSpent">;
  readonly standing: Pick<VoucherStanding, "doubtOf">;
};

export type AdmitVoucher = (
  taken: Taken & {
    readonly resource: string;
    readonly body: unknown;
    readonly question: EscrowQuestion | null;
  },
) => Promise<Admitted>;

/**
 * Lets in who signed a voucher for this request, under a nonce that is unspent, and has deposited what all its vouchers ask that
 * are out together. The first voucher of a nonce is bound, durably, to its request; another of the same nonce is refused.
 */
export function createAdmitVoucher(
  { domain, ledger }: AdmitVoucherOptions,
  { payments, chain, standing }: AdmitVoucherDeps,
): AdmitVoucher {
  const own: LedgerDomain = { chainId: domain.chainId, ledger };

  async function verify(
    { voucher, signature }: VoucherPayment,
    { requirements, price }: Taken,
    request: ReturnType<typeof httpRequestId>,
  ): Promise<{ readonly spendable: bigint; readonly block: number }> {
    const refuse = (reason: string): never => {
      throw new GatewayError({ code: "PAYMENT_INVALID", reason });
    };
    const offer = parseVoucherOffer(requirements.extra["voucher"]);
    const purpose = { token: requirements.asset as Hex, amount: price.amount, request };
    const fault = findVoucherFault(offer, purpose, voucher);
    if (fault !== undefined) return refuse(`its ${fault} is not what was offered`);
    // A contract could disown its signature behind the answer: see `acceptVoucher`.
    if (!isVoucherSigned(own, { voucher, signature }))
      return refuse("its requester's key did not sign it for this ledger");
    const head = await askChain(chain.head());
    const [spendable, isSpent] = await askChain(
      Promise.all([
        chain.spendableOf(voucher.requester, head.block),
        chain.isSpent(voucher, head.block),
      ]),
    );
    if (voucher.deadline - head.time < offer.seconds / 2) return refuse("it expires too soon");
    if (isSpent) return refuse("its nonce is spent");
    return { spendable, block: head.block };
  }

  return async (taken) => {
    const { price, requirements, payload, terms, resource, body, question } = taken;
    const payment = readPayment(payload);
    const { requester: payer, deadline } = payment.voucher;
    const asset = requirements.asset.toLowerCase() as Hex;
    const nonce = voucherPaymentNonce(own, payment.voucher);
    const id = paymentId(domain.chainId, asset, payer, nonce);
    const request = httpRequestId({
      ...{ domain, payer, paymentNonce: nonce, resource, body, policyHash: price.policyHash },
    });

    const known = await payments.get(id);
    if (known !== undefined) {
      // Two vouchers of one nonce are paid once: what was bound first is what it pays for.
      if (signatureOf(known.binding) !== payment.signature)
        throw new GatewayError({ code: "PAYMENT_BOUND_ELSEWHERE", payment: id });
      return { requestId: request, price, payment: sameRequest(known, request) };
    }
    const doubt = question === null ? null : await standing.doubtOf(price, question);
    if (doubt !== null) throw new GatewayError({ code: "SETTLEMENT_UNAVAILABLE", reason: doubt });
    // Before the deposit is read: what is claimed and noted behind this moment counts as owed still.
    const since = await payments.clock();
    const { spendable, block } = await verify(payment, taken, request);
    const amount = price.amount;
    const bound = await payments.bindWithin(
      id,
      {
        ...{ request, resource, policyHash: price.policyHash, payer, payTo: ledger, asset, nonce },
        ...{ amount, validBefore: deadline, fromBlock: block, terms },
      },
      { among: { payTo: ledger }, funds: spendable, since },
    );
    if (bound.kind !== "bound") {
      const { owed } = bound;
      throw new GatewayError({ code: "PAYMENT_UNDERFUNDED", balance: spendable, owed, amount });
    }
    if (signatureOf(bound.record.binding) !== payment.signature)
      throw new GatewayError({ code: "PAYMENT_BOUND_ELSEWHERE", payment: id });
    return { requestId: request, price, payment: sameRequest(bound.record, request) };
  };
}

/** Returns the signature of a bound voucher, in the one form that it is compared in; undefined where a transfer has its nonce. */
function signatureOf(binding: PaymentBinding): Hex | undefined {
  if (schemeOf(binding) !== VOUCHER_SCHEME) return undefined;
  const { terms } = binding;
  const { payload } = JSON.parse(terms) as { payload: PaymentPayload };
  return parseVoucherPayment(payload.payload).signature;
}

function readPayment({ payload }: PaymentPayload): VoucherPayment {
  try {
    return parseVoucherPayment(payload);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new GatewayError({ code: "PAYMENT_MALFORMED", reason: cause.message }, { cause });
  }
}
