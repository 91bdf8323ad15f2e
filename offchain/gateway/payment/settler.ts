import { setTimeout as delay } from "node:timers/promises";
import type { PaymentId } from "@vouch/protocol";
import { bounded } from "../bounded.ts";
import type { GatewayMetrics } from "../metrics.ts";
import type { Exposure } from "./exposure.ts";
import type { PaymentRecord } from "./paymentStore.ts";
import type { SettleStepDeps, SettleStepOptions } from "./settleStep.ts";
import { settleStep } from "./settleStep.ts";

export type SettlerOptions = SettleStepOptions & {
  /** Payments that are settled at once. */
  readonly concurrency: number;
  /** Milliseconds until a payment is looked at again; doubled for each failure, up to a minute. */
  readonly retryMs: number;
  /** Milliseconds for one look at a payment; what takes longer is left to the chain, and looked for there. */
  readonly settleTimeoutMs: number;
  /** Milliseconds between looks for payments that expired without an answer. */
  readonly sweepMs: number;
};

export type SettlerDeps = SettleStepDeps & {
  readonly exposure: Exposure;
  readonly metrics: () => GatewayMetrics;
};

/** Takes what is owed, behind the answers. */
export type Settler = {
  /** Settles a payment that was served; returns at once. */
  readonly add: (record: PaymentRecord) => void;
  /** Takes up what a crash left, then works until `signal` aborts; what was sent by then the next start finds on the chain. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Payments that are owed and not settled. */
  readonly depth: () => number;
};

type Due = { readonly record: PaymentRecord; readonly failures: number; readonly at: number };

const MAX_RETRY_MS = 60_000;

/** @see settleStep for what makes it safe to try again. */
export function createSettler(options: SettlerOptions, deps: SettlerDeps): Settler {
  const { payments, exposure, metrics, log } = deps;
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

  const release = ({ id, binding, state, facts }: PaymentRecord): void => {
    exposure.remove(id, binding.payer);
    metrics().payments.inc({ state });
    const level = state === "captured" ? "info" : "warn";
    log[level]({ payment: id, request: binding.request, state, ...facts }, "payment ended");
  };

  const settle = async ({ record, failures }: Due, signal: AbortSignal): Promise<void> => {
    underWay.add(record.id);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(options.settleTimeoutMs)]);
    const step = bounded(settleStep(record, options, deps), limit);
    const outcome = await step.catch((error: unknown) => {
      log.warn({ payment: record.id, err: error }, "payment not settled yet");
      return { kind: "refused" } as const;
    });
    underWay.delete(record.id);
    if (outcome.kind === "ended") {
      release(outcome.record);
      return;
    }
    const failed = outcome.kind === "refused" ? failures + 1 : 0;
    const wait = Math.min(options.retryMs * 2 ** Math.max(failed - 1, 0), MAX_RETRY_MS);
    put({ record, failures: failed, at: Date.now() + wait });
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

  /** What expired without an answer is owed by nobody. */
  const sweep = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await voidExpired().catch(warnUnswept);
      await delay(options.sweepMs, undefined, { signal }).catch(() => undefined); // only ever the abort
    }
  };
  const voidExpired = async (): Promise<void> => {
    const open = (await payments.open()).filter(({ state }) => state === "verified");
    if (open.length === 0) return;
    const { time } = await deps.tokens.head();
    for (const { id } of open.filter(({ binding }) => binding.validBefore <= time))
      release(await payments.transition(id, ["verified"], "voided", { reason: "UNANSWERED" }));
  };
  const warnUnswept = (error: unknown): void => {
    log.warn({ err: error }, "expired payments not swept");
  };

  return {
    add,
    async start(signal) {
      for (const record of await payments.open()) {
        exposure.restore(record.id, record.binding.payer, record.binding.amount);
        if (record.state === "served") add(record);
      }
      const workers = Array.from({ length: options.concurrency }, () => work(signal));
      await Promise.all([...workers, sweep(signal)]);
    },
    depth: () => waiting.size + underWay.size,
  };
}
