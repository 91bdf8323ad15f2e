import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import type { RequestStatus } from "@vouch/protocol";
import { parseEscrowPayment } from "@vouch/protocol";
import type { Logger } from "pino";
import type { ReceiptStore } from "../../answerer.ts";
import type { Paywall } from "../paywall.ts";
import type { PaymentFacts, PaymentRecord, PaymentState, PaymentStore } from "../paymentStore.ts";
import type { SettleOutcome } from "../settleStep.ts";
import type { EscrowChain } from "./escrowChain.ts";

export type EscrowStepOptions = {
  /** Blocks on top of what decided a request before it counts. */
  readonly confirmations: number;
};

export type EscrowStepDeps = {
  readonly chain: EscrowChain;
  readonly paywall: Pick<Paywall, "settle">;
  readonly payments: PaymentStore;
  readonly receipts: ReceiptStore;
  readonly log: Logger;
};

const OPEN: readonly PaymentState[] = ["verified", "served"];

/**
 * Looks at a request that holds its payment, and does what is next: makes it where the chain does not have it, keeps the receipt
 * of an answer, has the escrow given back behind a deadline. What the payment came to is what the contract did: captured where it
 * paid the operator, voided where it refunded the requester.
 */
export async function escrowStep(
  record: PaymentRecord,
  { confirmations }: EscrowStepOptions,
  deps: EscrowStepDeps,
): Promise<SettleOutcome> {
  const { chain, payments } = deps;
  const { request, fromBlock } = record.binding;
  const [head, status] = await Promise.all([chain.head(), chain.statusOf(request)]);
  const { payment, send } = termsOf(record, deps);
  const { params } = payment;

  /** Nothing has ended that a reorganisation may take back. */
  const end = async (state: PaymentState, facts: PaymentFacts): Promise<SettleOutcome> => {
    const settled = Math.max(head.block - confirmations, 0);
    const before = confirmations === 0 ? status : await chain.statusOf(request, settled);
    if (before !== status) return { kind: "sent" };
    return { kind: "ended", record: await payments.transition(record.id, OPEN, state, facts) };
  };
  const refund = async (deadline: number): Promise<SettleOutcome> => {
    if (head.time > deadline) await chain.expire(request, params);
    return { kind: "sent" };
  };

  switch (status) {
    case "none":
      return head.time > params.lockDeadline ? end("voided", { reason: "NOT_ESCROWED" }) : send();
    case "open":
      return refund(params.lockDeadline);
    case "locked":
      return refund(params.deadline);
    case "provisional":
    case "challenged":
      await keepReceipt(record, deps);
      await payments.transition(record.id, ["verified"], "served", {});
      return { kind: "sent" };
    case "fulfilled": {
      await keepReceipt(record, deps);
      const transaction = await chain.settlementOf(request, fromBlock);
      return transaction === undefined
        ? end("voided", { reason: "ANSWERED_LATE" })
        : end("captured", { transaction });
    }
    case "overturned":
    case "cancelled":
    case "expired":
      return end("voided", { reason: reasonOf(status) });
  }
}

function reasonOf(status: RequestStatus): string {
  return `REQUEST_${status.toUpperCase()}`;
}

function termsOf(
  { id, binding }: PaymentRecord,
  { paywall, log }: EscrowStepDeps,
): {
  readonly payment: ReturnType<typeof parseEscrowPayment>;
  readonly send: () => Promise<SettleOutcome>;
} {
  const { payload, requirements } = JSON.parse(binding.terms) as {
    payload: PaymentPayload;
    requirements: PaymentRequirements;
  };
  return {
    payment: parseEscrowPayment(payload.payload),
    async send() {
      const { success, errorReason } = await paywall.settle(payload, requirements);
      if (!success) log.warn({ payment: id, reason: errorReason }, "request not made for now");
      // Whether it was made is for the chain to say: the next look asks it.
      return { kind: success ? "sent" : "refused" };
    },
  };
}

async function keepReceipt(
  { id, binding: { request } }: PaymentRecord,
  { chain, receipts }: EscrowStepDeps,
): Promise<void> {
  if ((await receipts.get(request)) !== undefined) return;
  const receipt = await chain.receiptOf(request);
  const created = Math.floor(Date.now() / 1000);
  await receipts.put(request, { receipt, generation: null, created, payment: id });
}
