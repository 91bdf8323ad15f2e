import type { Hex } from "@vouch/protocol";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import { z } from "zod";
import type { Chain } from "./asker.ts";
import { pinnedOf } from "./asker.ts";
import { attemptEntry, pushEntry } from "./attemptEntry.ts";
import { readHead } from "./blocks.ts";
import { backOff } from "./backOff.ts";
import { ChainError } from "./errors.ts";
import type { FeePolicy } from "./fees.ts";
import { findMined, findReceipt, finishMined, minedReceiptOf, recheckMined } from "./findMined.ts";
import type { Intent, IntentInput } from "./intent.ts";
import { differingField, intentSchema } from "./intent.ts";
import type { Entry, Journal } from "./journal.ts";
import { messageOf } from "./messageOf.ts";
import { parseOptions } from "./parseOptions.ts";
import type { NonceState } from "./reconcileNonces.ts";
import { dropFillers, provenNonce, reconcileNonces } from "./reconcileNonces.ts";
import type { MinedReceipt, SenderContext, SenderEvent, Tracked } from "./senderContext.ts";
import { adopt, minedOf, openOf, track } from "./senderContext.ts";
import { slots } from "./slots.ts";
import { untilHead } from "./untilHead.ts";

const optionsSchema = z.object({
  chainId: z.number().int().positive(),
  /** Blocks that must lie on top of a transaction's for `send` to return. */
  confirmations: z.number().int().nonnegative().default(1),
  /** Blocks on top of a transaction's until which it is sent again where a reorganisation takes it. */
  finalityBlocks: z.number().int().positive().default(64),
  /** Intents that may be in no block yet at once; nodes drop what is too far ahead of an account's nonce. */
  maxInFlight: z.number().int().positive().default(16),
  /** Milliseconds between looks at the chain, where nobody tells of a new head. */
  pollIntervalMs: z.number().int().positive().default(1_000),
  /** Milliseconds after which a transaction that is in no block is handed to the nodes again. */
  resendMs: z.number().int().positive().default(15_000),
});

/** How a sender behaves; see the schema for units and defaults. */
export type SenderOptions = z.input<typeof optionsSchema>;

/** What a sender works with. */
export type SenderDeps = {
  /** Signs; its provider is not used. */
  readonly signer: Signer;
  readonly provider: Chain;
  readonly journal: Journal;
  readonly feePolicy: FeePolicy;
  readonly log: Logger;
  /** Milliseconds that only grow. */
  readonly clock?: () => number;
  readonly onEvent?: (event: SenderEvent) => void;
};

/** How a sender stands, for metrics. */
export type SenderStatus = {
  /** Whether the journal was taken up: nothing is sent before. */
  readonly isReady: boolean;
  /** Intents without a nonce yet, in no block yet, and in a block that is not final. */
  readonly waiting: number;
  readonly open: number;
  readonly mined: number;
  readonly lowestOpenNonce: number | undefined;
  readonly isShared: boolean;
};

/** Sends the transactions of one account. */
export type Sender = {
  readonly address: Hex;
  /**
   * Has the intent mined once, whatever becomes of this process: sent again with the same key after a crash, it goes on where it
   * was. Returns when it has its confirmations, reverted or not; `start` must run.
   *
   * @throws {ChainError} `INTENT_CHANGED`; `TRANSACTION_REFUSED` where no node takes it; `SENDER_CLOSED`; `OPTIONS_INVALID`.
   */
  readonly send: (intent: IntentInput) => Promise<MinedReceipt>;
  /**
   * Takes up what the journal has open, and watches until `signal` aborts: then every `send` is told `SENDER_CLOSED` at once, and the
   * journal keeps what was sent.
   */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Whether another process signs with this key outside of the journal: take on nothing new. */
  readonly isShared: () => boolean;
  readonly status: () => SenderStatus;
};

type Sending = {
  readonly intent: Intent;
  readonly outcome: Promise<MinedReceipt>;
  readonly stop: () => void;
};

/** @throws {ChainError} `OPTIONS_INVALID`. */
export async function createSender(
  senderOptions: SenderOptions,
  { signer, provider: chain, journal, feePolicy, log, clock, onEvent }: SenderDeps,
): Promise<Sender> {
  const options = parseOptions(optionsSchema, senderOptions);
  const { confirmations, finalityBlocks, pollIntervalMs } = options;
  const address = (await signer.getAddress()).toLowerCase() as Hex;
  const { acquire, release, waiting } = slots(options.maxInFlight);
  const tracked = new Map<string, Tracked>();
  const sending = new Map<string, Sending>();
  let markReady: (state: NonceState) => void = () => undefined;
  const ready = new Promise<NonceState>((resolve) => {
    markReady = resolve;
  });
  let nonces: NonceState | undefined;
  let isClosed = false;

  const context: SenderContext = {
    address,
    settings: { ...options, finalityBlocks: Math.max(finalityBlocks, confirmations) },
    signer,
    chain,
    journal,
    fees: feePolicy,
    clock: clock ?? (() => performance.now()),
    log,
    emit(event) {
      log.info(loggable(event), `transaction ${event.status}`);
      onEvent?.(event);
    },
    tracked,
    release,
  };

  async function send(input: IntentInput): Promise<MinedReceipt> {
    const intent = parseOptions(intentSchema, input);
    const { key } = intent;
    const known = sending.get(key);
    if (known !== undefined) {
      requireSame(known.intent, intent);
      return known.outcome;
    }
    if (isClosed) throw new ChainError({ code: "SENDER_CLOSED", key });
    let stop = (): void => undefined;
    const outcome = new Promise<MinedReceipt>((resolve, reject) => {
      stop = () => {
        reject(new ChainError({ code: "SENDER_CLOSED", key }));
      };
      sendOnce(intent).then(resolve, reject);
    }).finally(() => sending.delete(key));
    sending.set(key, { intent, outcome, stop });
    return outcome;
  }

  async function sendOnce(intent: Intent): Promise<MinedReceipt> {
    const { key } = intent;
    const state = await ready;
    await acquire(key);
    try {
      const entry = await journal.reserve(address, intent, state.floor);
      requireSame(entry.intent, intent);
      if (!entry.isFinal || entry.mined === undefined) return await watched(entry);
      release(key);
      const receipt = await findReceipt(chain, entry.mined.hash);
      return minedReceiptOf(entry, entry.mined, receipt);
    } catch (error) {
      if (!tracked.has(key)) release(key);
      throw error;
    }
  }

  /** Watches an entry, which may be watched already, until it is reported. */
  async function watched(entry: Entry): Promise<MinedReceipt> {
    const { key } = entry.intent;
    let made = tracked.get(key);
    if (made === undefined) {
      const isStarting = entry.attempts.length === 0;
      made = track(context, { ...entry, mined: undefined }, { isStarting, head: 0 });
      if (isStarting) await begin(made);
    }
    if (made.entry.mined !== undefined) release(key);
    const { outcome: told, waiters } = made;
    const outcome =
      told ??
      (await new Promise<MinedReceipt | ChainError>((resolve) => {
        waiters.push(resolve);
      }));
    if (outcome instanceof ChainError) throw outcome;
    return outcome;
  }

  async function begin(made: Tracked): Promise<void> {
    try {
      const asker = pinnedOf(chain);
      const head = await readHead(asker);
      if ((made.entry.intent.deadline ?? Infinity) > head.timestamp)
        await attemptEntry(context, made, asker, head, undefined);
    } catch (error) {
      log.warn({ key: made.entry.intent.key, error: messageOf(error) }, "not sent yet");
    } finally {
      made.isStarting = false; // whatever is missing, the loop adds
    }
  }

  async function recover(): Promise<NonceState> {
    const asker = pinnedOf(chain);
    const { number: head } = await readHead(asker);
    const floor = await provenNonce(context, asker, head);
    for (const entry of await journal.open(address)) adopt(context, entry, head);
    return { floor, startBlock: head, isShared: false, suspected: 0, gapSince: undefined };
  }

  async function step(state: NonceState): Promise<void> {
    const asker = pinnedOf(chain);
    const head = await readHead(asker);
    await recheckMined(context, asker);
    await findMined(context, asker);
    await finishMined(context, asker, head);
    await reconcileNonces(context, state, asker, head);
    await dropFillers(context);
    for (const [index, it] of openOf(context).entries()) {
      await pushEntry(context, it, asker, head, index === 0);
      if (it.reply?.status === "early") break; // neither do nodes keep the nonces behind it
    }
  }

  function close(): void {
    isClosed = true;
    for (const { stop } of sending.values()) stop();
  }

  async function start(signal: AbortSignal): Promise<void> {
    let failures = 0;
    // A node that does not answer must not keep those who wait.
    signal.addEventListener("abort", close, { once: true });
    while (!signal.aborted) {
      try {
        nonces ??= await recover();
        markReady(nonces);
        await step(nonces);
        failures = 0;
      } catch (error) {
        failures += 1;
        log.warn({ failures, error: messageOf(error) }, "cannot reach the chain; trying again");
      }
      const wait = backOff(pollIntervalMs, failures);
      await untilHead(failures === 0 ? chain : undefined, wait, signal);
    }
    close();
  }

  return {
    address,
    send,
    start,
    isShared: () => nonces?.isShared ?? false,
    status: () => ({
      isReady: nonces !== undefined,
      waiting: waiting(),
      open: openOf(context).length,
      mined: minedOf(context).length,
      lowestOpenNonce: openOf(context)[0]?.entry.nonce,
      isShared: nonces?.isShared ?? false,
    }),
  };
}

function requireSame(had: Intent, wanted: Intent): void {
  const field = differingField(had, wanted);
  if (field !== undefined) throw new ChainError({ code: "INTENT_CHANGED", key: wanted.key, field });
}

function loggable(event: SenderEvent): object {
  return event.status === "key-shared" ? event.error.data : { ...event };
}
