import { setTimeout as delay } from "node:timers/promises";
import type { Domain, Hex, PaymentId } from "@vouch/protocol";
import { VOUCHER_SCHEME } from "@vouch/protocol";
import type { Logger } from "pino";
import type { ReceiptStore } from "../../answerer.ts";
import { bounded } from "../../bounded.ts";
import type { PaymentRecord, PaymentStore } from "../paymentStore.ts";
import { ofScheme } from "../schemeOf.ts";
import { sweep } from "../sweeper.ts";
import type { VoucherBatch } from "@vouch/queue";
import type { RecordStore } from "../../records/recordStore.ts";
import type { AdmitVoucher } from "./admitVoucher.ts";
import { createAdmitVoucher } from "./admitVoucher.ts";
import type { BatchPlace } from "./batchTree.ts";
import { findPlace } from "./batchTree.ts";
import type { LedgerChain } from "./ledgerChain.ts";
import { createObjections } from "./objections.ts";
import type { SealOptions } from "./sealBatch.ts";
import { sealBatch } from "./sealBatch.ts";
import type { VoucherStanding } from "./voucherStanding.ts";
import type { VoucherStore } from "./voucherStore.ts";
import type { WithdrawOptions } from "./withdrawEarnings.ts";
import { withdrawEarnings } from "./withdrawEarnings.ts";
import type { WatchOptions } from "./watchBatch.ts";
import { watchBatch } from "./watchBatch.ts";

export type VoucherTillOptions = SealOptions &
  WatchOptions & {
    readonly domain: Domain;
    readonly ledger: Hex;
    readonly withdrawal: WithdrawOptions;
    /** Milliseconds between looks at the batches, and between looks for vouchers that expired without an answer. */
    readonly pollMs: number;
    readonly sweepMs: number;
  };

export type VoucherTillDeps = {
  readonly store: PaymentStore;
  readonly vouchers: VoucherStore;
  readonly chain: LedgerChain;
  readonly standing: Pick<VoucherStanding, "doubtOf" | "look">;
  readonly receipts: ReceiptStore;
  /** `null` where no record is kept. */
  readonly records: RecordStore | null;
  readonly onEnded: (record: PaymentRecord) => void;
  readonly log: Logger;
};

/** All that has to do with payments that are settled in batches. */
export type VoucherTill = {
  readonly admit: AdmitVoucher;
  /** Tells of a voucher that is owed from now on. */
  readonly add: () => void;
  /** Where a payment's receipt is in its batch, once that is posted. */
  readonly placeOf: (payment: PaymentId) => Promise<BatchPlace | undefined>;
  /** Takes up what a crash left, then seals, posts, defends and claims until `signal` aborts. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Vouchers that are owed, of all gateways on the database, as of the last look and what was added here since. */
  readonly depth: () => number;
};

/** Between looks at what was earned. */
const WITHDRAW_MS = 3_600_000;

/** Builds what admits vouchers, and brings what they pay for to the ledger. */
export function createVoucherTill(options: VoucherTillOptions, deps: VoucherTillDeps): VoucherTill {
  const { domain, ledger, batchItems, pollMs, sweepMs } = options;
  const { store, vouchers, chain, standing, receipts, records, onEnded, log } = deps;
  const payments = ofScheme(store, VOUCHER_SCHEME);
  let owed = 0;
  let unsealed = 0;
  let bell = new AbortController();
  const objections = createObjections(chain);
  const steps = { chain, objections, vouchers, payments, receipts, records, onEnded, log };

  const guarded = async (what: object, step: Promise<unknown>): Promise<void> => {
    await step.catch((error: unknown) => {
      log.warn({ ...what, err: error }, "batches not seen to yet");
    });
  };
  const underWay = new Set<Hex>();
  const watch = async (batch: VoucherBatch): Promise<void> => {
    underWay.add(batch.root);
    await guarded({ batch: batch.root }, watchBatch(batch, options, steps));
    underWay.delete(batch.root);
  };
  const look = async (): Promise<void> => {
    unsealed = 0;
    await guarded({ ledger }, sealBatch(options, steps));
    for (const batch of await vouchers.open(ledger)) {
      if (underWay.has(batch.root)) continue;
      // A transaction that no block takes holds up its own batch alone: a dispute of another has a day.
      await bounded(watch(batch), AbortSignal.timeout(pollMs)).catch(() => undefined); // only ever the abort
    }
    owed = await payments.count({ states: ["served"] });
  };
  const work = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      bell = new AbortController();
      await guarded({ ledger }, bounded(look(), signal));
      const either = AbortSignal.any([signal, bell.signal]);
      await delay(pollMs, undefined, { signal: either }).catch(() => undefined); // only ever the abort
    }
  };

  const every = async (
    milliseconds: number,
    signal: AbortSignal,
    step: () => Promise<void>,
  ): Promise<void> => {
    while (!signal.aborted) {
      await guarded({ ledger }, bounded(step(), signal));
      await delay(milliseconds, undefined, { signal }).catch(() => undefined); // only ever the abort
    }
  };

  return {
    admit: createAdmitVoucher({ domain, ledger }, { payments, chain, standing }),
    add() {
      owed += 1;
      unsealed += 1;
      if (unsealed >= batchItems) bell.abort();
    },
    placeOf: (payment) => findPlace(payment, { chainId: domain.chainId, ledger }, vouchers),
    async start(signal) {
      const sweeping = { payments, tokens: chain, onEnded, log };
      const withdrawal = { ...options.withdrawal, ledger };
      await Promise.all([
        work(signal),
        // Neither waits for a transaction of a batch, nor is waited for.
        every(pollMs, signal, standing.look),
        every(WITHDRAW_MS, signal, () => withdrawEarnings(withdrawal, { chain, vouchers, log })),
        sweep(sweepMs, signal, sweeping),
      ]);
    },
    depth: () => owed,
  };
}
