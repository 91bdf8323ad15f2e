import type { FacilitatorClient } from "@x402/core/server";
import type { PaymentId } from "@vouch/protocol";
import { ESCROW_SCHEME, VOUCHER_SCHEME } from "@vouch/protocol";
import type { Logger } from "pino";
import type { ReceiptStore } from "./answerer.ts";
import { GatewayError } from "./errors.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { CheckedOptions } from "./options.ts";
import type { AdmissionDeps } from "./payment/admission.ts";
import type { EscrowAnswerer } from "./payment/escrow/escrowAnswerer.ts";
import type { EscrowChain } from "./payment/escrow/escrowChain.ts";
import { createEscrowTill } from "./payment/escrow/escrowTill.ts";
import { createPaywall } from "./payment/paywall.ts";
import type { PaymentRecord, PaymentStore } from "./payment/paymentStore.ts";
import type { PaymentScheme } from "./payment/schemeOf.ts";
import { ofScheme, schemeOf } from "./payment/schemeOf.ts";
import { settleStep } from "./payment/settleStep.ts";
import { createSettler } from "./payment/settler.ts";
import { sweep } from "./payment/sweeper.ts";
import type { TokenReader } from "./payment/tokenReader.ts";
import type { BatchPlace } from "./payment/voucher/batchTree.ts";
import type { LedgerChain } from "./payment/voucher/ledgerChain.ts";
import type { StandingFacts } from "./payment/voucher/voucherStanding.ts";
import { createVoucherStanding } from "./payment/voucher/voucherStanding.ts";
import type { VoucherStore } from "./payment/voucher/voucherStore.ts";
import { createVoucherTill } from "./payment/voucher/voucherTill.ts";
import type { RecordStore } from "./records/recordStore.ts";

/** What payments need; a gateway without them serves what is free. */
export type PaymentDeps = {
  /** In this process, or an `HTTPFacilitatorClient` with its own timeout. */
  readonly facilitator: FacilitatorClient;
  readonly store: PaymentStore;
  readonly tokens: TokenReader;
  /** Goes with `options.payments.escrow`. */
  readonly escrow?: EscrowChain;
  /** Goes with `options.payments.voucher`; the vouchers are kept beside the payments of `store`. */
  readonly voucher?: {
    readonly chain: LedgerChain;
    readonly store: VoucherStore;
    /** Where full records are kept; without it no price is settled by `record`. */
    readonly records?: RecordStore;
  };
  /** What others may use under `/facilitator`; absent where none is mounted. */
  readonly mounted?: FacilitatorClient;
};

/** All that has to do with being paid. */
export type Till = AdmissionDeps & {
  /** Looks after a payment that is owed from now on. */
  readonly add: (payment: PaymentRecord) => void;
  /** Waits for the answers to requests that hold their payment; `null` where none does. */
  readonly escrowAnswerer: EscrowAnswerer | null;
  /** Where a payment's receipt is in a batch, once that is posted. */
  readonly placeOf: (payment: PaymentId) => Promise<BatchPlace | undefined>;
  /** Takes up what a crash left, then works until `signal` aborts. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Payments that are not settled. */
  readonly depth: () => number;
  /** How it stands with vouchers; `null` where none is taken. */
  readonly vouchers: (() => StandingFacts) | null;
};

export type TillDeps = {
  readonly payments?: PaymentDeps;
  readonly receipts: ReceiptStore;
  readonly log: Logger;
};

/**
 * Returns `null` where nothing is paid.
 *
 * @throws {GatewayError} `OPTIONS_INVALID` where payments are in the options or in the dependencies alone.
 */
export function createTill(
  { domain, payments: options }: CheckedOptions,
  { payments: deps, receipts, log }: TillDeps,
  metrics: () => GatewayMetrics,
): Till | null {
  if (options === undefined && deps === undefined) return null;
  if (options === undefined || deps === undefined)
    throw new GatewayError({
      code: "OPTIONS_INVALID",
      reason:
        "payments need both their options and a facilitator, a store and a reader of the token",
    });
  if ((options.escrow === undefined) !== (deps.escrow === undefined))
    throw new GatewayError({
      code: "OPTIONS_INVALID",
      reason: "an escrow needs both its options and a reader of the chain that holds it",
    });
  if ((options.voucher === undefined) !== (deps.voucher === undefined))
    throw new GatewayError({
      code: "OPTIONS_INVALID",
      reason: "vouchers need both their options and a ledger and a store",
    });
  const standing =
    options.voucher === undefined || deps.voucher === undefined
      ? null
      : createVoucherStanding(options.voucher, {
          ...{ chain: deps.voucher.chain, vouchers: deps.voucher.store, log },
        });
  const paywall = createPaywall(
    { chainId: domain.chainId, ...options, keepsRecords: deps.voucher?.records !== undefined },
    { facilitator: deps.facilitator, standing: standing ?? undefined },
  );
  const { store, tokens } = deps;
  const { confirmations, settleConcurrency: concurrency, settleRetryMs, settleTimeoutMs } = options;
  const paid = { paywall, receipts, log };

  const onEnded = ({ id, binding, state, facts }: PaymentRecord): void => {
    metrics().payments.inc({ state });
    const level = state === "captured" ? "info" : "warn";
    log[level]({ payment: id, request: binding.request, state, ...facts }, "payment ended");
  };

  const exact = ofScheme(store, "exact");
  const settler = createSettler(
    { states: ["served"], concurrency, retryMs: settleRetryMs, settleTimeoutMs },
    {
      ...{ payments: exact, onEnded, log },
      step: (record) =>
        settleStep(record, { domain, confirmations }, { ...paid, payments: exact, tokens }),
    },
  );
  const escrow =
    options.escrow === undefined || deps.escrow === undefined
      ? null
      : createEscrowTill(
          {
            ...{ chainId: domain.chainId, requests: options.escrow.requests },
            ...{ confirmations, concurrency, pollMs: options.escrow.pollMs, settleTimeoutMs },
          },
          { ...paid, store, chain: deps.escrow, onEnded },
        );

  const voucher =
    options.voucher === undefined || deps.voucher === undefined || standing === null
      ? null
      : createVoucherTill(
          {
            ...{ ...options.voucher, domain, confirmations, sweepMs: options.sweepMs },
            withdrawal: {
              ...{ asset: options.token.asset, to: options.payTo },
              from: options.voucher.withdrawFrom,
            },
          },
          {
            ...{ store, vouchers: deps.voucher.store, chain: deps.voucher.chain, standing },
            ...{ receipts, records: deps.voucher.records ?? null, onEnded, log },
          },
        );

  /** The store may be away when this begins, which keeps nothing from being settled. */
  const tellOfLeft = async (scheme: PaymentScheme): Promise<void> => {
    try {
      const left = await store.count({ scheme });
      if (left > 0)
        log.error({ scheme, payments: left }, "owed payments that nothing settles here");
    } catch (error) {
      log.warn({ scheme, err: error }, "not known whether payments are owed that nothing settles");
    }
  };

  return {
    ...{ paywall, payments: store, tokens },
    maxUnsettledPerPayer: options.maxUnsettledPerPayer,
    admitVoucher: voucher?.admit ?? null,
    placeOf: voucher?.placeOf ?? (() => Promise.resolve(undefined)),
    admitEscrow: escrow?.admit ?? null,
    escrowAnswerer: escrow?.answerer ?? null,
    add(payment) {
      const scheme = schemeOf(payment.binding);
      if (scheme === ESCROW_SCHEME && escrow !== null) escrow.settler.add(payment);
      else if (scheme === VOUCHER_SCHEME && voucher !== null) voucher.add();
      else settler.add(payment);
    },
    async start(signal) {
      await Promise.all([
        escrow === null ? tellOfLeft(ESCROW_SCHEME) : undefined,
        voucher === null ? tellOfLeft(VOUCHER_SCHEME) : undefined,
        settler.start(signal),
        sweep(options.sweepMs, signal, { payments: exact, tokens, onEnded, log }),
        escrow?.settler.start(signal),
        voucher?.start(signal),
      ]);
    },
    vouchers: standing?.facts ?? null,
    depth: () => settler.depth() + (escrow?.settler.depth() ?? 0) + (voucher?.depth() ?? 0),
  };
}
