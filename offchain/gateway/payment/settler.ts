import { setTimeout as delay } from "node:timers/promises";
import type { PaymentId } from "@vouch/protocol";
import { bounded } from "../bounded.ts";
import type { Logger } from "pino";
import type { PaymentRecord, PaymentStore } from "./paymentStore.ts";
import type { SettleOutcome } from "./settleStep.ts";

export type SettlerOptions = {
  /** States of payments that are looked after. */
  readonly states: readonly ("verified" | "served")[];
  /** Payments that are settled at once. */
  readonly concurrency: number;
  /** Milliseconds until a payment is looked at again; doubled for each failure, up to a minute. */
  readonly retryMs: number;
  /** Milliseconds for one look at a payment; what takes longer is left to the chain, and looked for there. */
  readonly settleTimeoutMs: number;
};

export type SettlerDeps = {
  readonly payments: Pick<PaymentStore, "open">;
  /** Looks at a payment, and does what is next. */
  readonly step: (record: PaymentRecord) => Promise<SettleOutcome>;
  readonly onEnded: (record: PaymentRecord) => void;
  readonly log: Logger;
};

/** Looks after payments until they end, behind the answers. */
export type Settler = {
  /** Looks after a payment from now on; returns at once. */
  readonly add: (record: PaymentRecord) => void;
  /** Takes up what a crash left, then works until `signal` aborts; what was sent by then the next start finds on the chain. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Payments that are looked after. */
  readonly depth: () => number;
};

type Due = { readonly record: PaymentRecord; readonly failures: number; readonly at: number };

const MAX_RETRY_MS = 60_000;

/** @see settleStep, escrowStep for what makes it safe to look again. */
export function createSettler(options: SettlerOptions, deps: SettlerDeps): Settler {
  const { payments, step, onEnded, log } = deps;
  const waiting = new Map<PaymentId, Due>();
  const underWay = new Set<PaymentId>();
  const bells = new Set<AbortController>();

  const put = (due: Due): void => {
    waiting.set(due.record.id, due);
    for (const bell of bells) bell.abort();
  };
  const add = (record: PaymentRecord): void => {
    if (!waiting.has(record.id) && !underWay.has(record.id))
      put({ record, failures: 0, at: Date.now() });
  };

  /** Waits until something is put, the time is over, or the end. */
  const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    const bell = new AbortController();
    bells.add(bell);
    const either = AbortSignal.any([signal, bell.signal]);
    await delay(milliseconds, undefined, { signal: either }).catch(() => undefined); // only ever the abort
    bells.delete(bell);
  };

  const settle = async ({ record, failures }: Due, signal: AbortSignal): Promise<void> => {
    underWay.add(record.id);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(options.settleTimeoutMs)]);
    const outcome = await bounded(step(record), limit).catch((error: unknown) => {
      log.warn({ payment: record.id, err: error }, "payment not settled yet");
      return { kind: "refused" } as const;
    });
    underWay.delete(record.id);
    if (outcome.kind === "ended") {
      onEnded(outcome.record);
      return;
    }
    const failed = outcome.kind === "refused" ? failures + 1 : 0;
    const wait = Math.min(options.retryMs * 2 ** Math.max(failed - 1, 0), MAX_RETRY_MS);
    put({ record, failures: failed, at: Date.now() + wait });
  };

  /** What is kept elsewhere may be away when this begins. */
  const takeUp = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        for (const record of await payments.open({ states: options.states })) add(record);
        return;
      } catch (error) {
        log.warn({ err: error }, "open payments not taken up yet");
      }
      await delay(options.retryMs, undefined, { signal }).catch(() => undefined); // only ever the abort
    }
  };

  const work = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const next = [...waiting.values()].reduce<Due | undefined>(
        (first, it) => (first === undefined || it.at < first.at ? it : first),
        undefined,
      );
      const wait = next === undefined ? MAX_RETRY_MS : next.at - Date.now();
      if (next === undefined || wait > 0) {
        await pause(wait, signal);
        continue;
      }
      waiting.delete(next.record.id);
      await settle(next, signal);
    }
  };

  return {
    add,
    async start(signal) {
      await Promise.all([
        takeUp(signal),
        ...Array.from({ length: options.concurrency }, () => work(signal)),
      ]);
    },
    depth: () => waiting.size + underWay.size,
  };
}
