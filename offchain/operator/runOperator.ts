import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "@vouch/gateway";
import type { StopSignals } from "@vouch/worker";
import { NEVER, endsInTime, runDaemon } from "@vouch/worker";
import type { Logger } from "pino";
import type { OperatorConfig } from "./config/operatorConfig.ts";
import type { OpenedOperator } from "./openOperator.ts";
import { pruneReceipts } from "./pruneReceipts.ts";

/** Where an operator's process can be reached. */
export type Places = {
  readonly http: string;
  /** Of the worker's pages; undefined where there are none. */
  readonly status: string | undefined;
};

type Within = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly signals: StopSignals;
};

/** For what can be interrupted to end, once it has to hurry. */
const HURRY_SECONDS = 1;
/** Milliseconds until a facilitator elsewhere that did not answer is asked again. */
const AGAIN_MS = 5_000;

/**
 * Runs an open operator until it is to stop, and closes it: first HTTP, whose answers may wait for the worker and whose settlements
 * for its sender, then the worker; none of it is waited for once `hurry` aborts. `onReady` is called once both serve. Returns whether
 * all of it has ended: see `Daemon.start`.
 */
export async function runOperator(
  operator: OpenedOperator,
  config: Pick<OperatorConfig, "http" | "observe">,
  { env, log, signals }: Within,
  onReady: (places: Places) => void,
): Promise<boolean> {
  const stopWorker = new AbortController();
  const ended = new AbortController();
  let tellBegun: (status: string | undefined) => void = () => undefined;
  const begun = new Promise<string | undefined>((resolve) => {
    tellBegun = resolve;
  });
  const working = runDaemon(
    operator.daemon,
    config.observe,
    { env, log, signals: { stop: stopWorker.signal, hurry: signals.hurry } },
    tellBegun,
  ).finally(() => {
    ended.abort();
  });
  working.catch(() => undefined); // awaited below
  let isEnded = true;
  try {
    const status = await Promise.race([begun, working.then(() => undefined)]);
    const until = AbortSignal.any([signals.stop, ended.signal]);
    const within = { log, signal: until, hurry: signals.hurry };
    isEnded = await serveHttp(operator, config.http, within, (http) => {
      onReady({ http, status });
    });
  } finally {
    try {
      const closed = operator.close();
      isEnded = (await endsInTime(closed, soonAfter(signals.hurry))) && isEnded;
    } finally {
      stopWorker.abort();
      await working.catch(() => undefined); // what it failed by is thrown below
    }
  }
  return (await working) && isEnded;
}

function soonAfter(stop: AbortSignal): Parameters<typeof endsInTime>[1] {
  return { seconds: HURRY_SECONDS, stop, hurry: NEVER };
}

/**
 * Listens until `signal` aborts, then answers what is under way, until `hurry` aborts too, and only then stops settling. Returns
 * whether all of it has ended.
 */
async function serveHttp(
  { gateway, payments, receipts }: OpenedOperator,
  { host, port, receiptDays: days, freeReceiptsMb }: OperatorConfig["http"],
  {
    log,
    signal,
    hurry,
  }: { readonly log: Logger; readonly signal: AbortSignal; readonly hurry: AbortSignal },
  onListening: (url: string) => void,
): Promise<boolean> {
  const behind = new AbortController();
  const until = behind.signal;
  await gateway.app.listen({ host, port });
  const settling = Promise.all([
    settle(gateway, log, until),
    payments?.sender?.start(until),
    pruneReceipts({ days, freeBytes: freeReceiptsMb * 2 ** 20 }, { receipts, log }, until),
  ]);
  let isEnded: boolean;
  try {
    onListening(urlOf(host, gateway.app.server.address()));
    await Promise.race([aborted(signal), settling]);
  } finally {
    const isAnswered = await endsInTime(gateway.close(), { ...soonAfter(hurry), hurry });
    behind.abort();
    isEnded = (await endsInTime(settling, soonAfter(hurry))) && isAnswered;
  }
  return isEnded;
}

/** A facilitator elsewhere may be down when this begins: nothing is sold until it answers, and `/readyz` says so. */
async function settle(
  gateway: OpenedOperator["gateway"],
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await gateway.start(signal);
      return;
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "FACILITATOR_UNAVAILABLE") throw error;
      log.warn({ err: error }, "the facilitator does not answer; trying again");
    }
    await delay(AGAIN_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

function urlOf(host: string, address: string | AddressInfo | null): string {
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
