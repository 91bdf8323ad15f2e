import type { Hex } from "@vouch/protocol";
import { ESCROW_SCHEME } from "@vouch/protocol";
import type { Logger } from "pino";
import type { ReceiptStore } from "../../answerer.ts";
import type { PaymentRecord, PaymentStore } from "../paymentStore.ts";
import type { Paywall } from "../paywall.ts";
import { ofScheme } from "../schemeOf.ts";
import type { Settler } from "../settler.ts";
import { createSettler } from "../settler.ts";
import type { AdmitEscrow } from "./admitEscrow.ts";
import { createAdmitEscrow } from "./admitEscrow.ts";
import type { EscrowAnswerer } from "./escrowAnswerer.ts";
import { createEscrowAnswerer } from "./escrowAnswerer.ts";
import type { EscrowChain } from "./escrowChain.ts";
import { escrowStep } from "./escrowStep.ts";

export type EscrowTillOptions = {
  readonly chainId: bigint;
  readonly requests: Hex;
  readonly confirmations: number;
  readonly concurrency: number;
  /** Milliseconds between looks at a request. */
  readonly pollMs: number;
  readonly settleTimeoutMs: number;
};

export type EscrowTillDeps = {
  readonly paywall: Paywall;
  readonly store: PaymentStore;
  readonly receipts: ReceiptStore;
  readonly chain: EscrowChain;
  readonly onEnded: (record: PaymentRecord) => void;
  readonly log: Logger;
};

/** All that has to do with payments that are held until they are proven. */
export type EscrowTill = {
  readonly admit: AdmitEscrow;
  readonly answerer: EscrowAnswerer;
  readonly settler: Settler;
};

/** Builds what admits such payments, waits for their answers, and looks after them from the first moment on. */
export function createEscrowTill(
  { chainId, requests, confirmations, concurrency, pollMs, settleTimeoutMs }: EscrowTillOptions,
  { paywall, store, receipts, chain, onEnded, log }: EscrowTillDeps,
): EscrowTill {
  const payments = ofScheme(store, ESCROW_SCHEME);
  const steps = { paywall, payments, receipts, chain, log };
  const settler = createSettler(
    { states: ["verified", "served"], concurrency, retryMs: pollMs, settleTimeoutMs },
    { payments, onEnded, log, step: (record) => escrowStep(record, { confirmations }, steps) },
  );
  return {
    admit: createAdmitEscrow(
      { chainId, requests },
      { paywall, payments, chain, onBound: settler.add },
    ),
    answerer: createEscrowAnswerer(pollMs, { chain, payments, log }),
    settler,
  };
}
