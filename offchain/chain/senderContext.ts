import type { Hex } from "@vouch/protocol";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import type { ChainReceipt } from "./answers.ts";
import type { Chain } from "./asker.ts";
import type { BroadcastReply } from "./broadcast.ts";
import type { ChainError } from "./errors.ts";
import type { FeePolicy } from "./fees.ts";
import type { Entry, Journal, Mined } from "./journal.ts";
import type { NonceUse } from "./nonceUse.ts";

/** What became of an intent. A cancelled one never ran: its nonce went to a transaction that does nothing. */
export type MinedReceipt = Mined & {
  readonly key: string;
  readonly nonce: number;
  readonly outcome: "succeeded" | "reverted" | "cancelled";
  /** Logs, gas and price; absent where the node has forgotten a transaction that was final long ago. */
  readonly receipt: ChainReceipt | undefined;
};

/** What a sender tells of its transactions, beside the results of `send`. */
export type SenderEvent =
  | { readonly status: "sent"; readonly key: string; readonly nonce: number; readonly txHash: Hex }
  | {
      readonly status: "bumped";
      readonly key: string;
      readonly nonce: number;
      readonly txHash: Hex;
    }
  | {
      readonly status: "cancelling";
      readonly key: string;
      readonly nonce: number;
      readonly txHash: Hex;
      readonly reason: string;
    }
  | { readonly status: "mined"; readonly key: string; readonly nonce: number; readonly txHash: Hex }
  /** A reorganisation took its block; it is sent again. */
  | { readonly status: "reopened"; readonly key: string; readonly nonce: number }
  /** Nodes do not take it yet, for want of funds as a rule. */
  | {
      readonly status: "put-off";
      readonly key: string;
      readonly nonce: number;
      readonly reason: string;
    }
  /** A nonce that nothing used and nothing in the journal waits for; a transaction that does nothing takes it. */
  | { readonly status: "gap"; readonly nonce: number }
  /** A foreign transaction has the nonce; the intent gets another when that one is final. */
  | {
      readonly status: "displaced";
      readonly key: string;
      readonly nonce: number;
      readonly txHash: Hex;
    }
  | { readonly status: "key-shared"; readonly error: ChainError };

export type SenderSettings = {
  readonly chainId: number;
  readonly confirmations: number;
  readonly finalityBlocks: number;
  readonly resendMs: number;
};

/** One intent under way. */
export type Tracked = {
  entry: Entry;
  /** Its first attempt is being made by `send`; the loop leaves it alone. */
  isStarting: boolean;
  reply: BroadcastReply | undefined;
  /** Head when the last attempt was signed, and the clock when one was last handed to the nodes. */
  attemptedAt: number;
  broadcastAt: number;
  receipt: ChainReceipt | undefined;
  /** What was told to those who wait; it is told once. */
  outcome: MinedReceipt | ChainError | undefined;
  /** Why no node takes it. */
  refusal: string | undefined;
  /** Foreign use of its nonce that was told of. */
  displacedBy: NonceUse | undefined;
  /** Head at which its nonce was last said to be used, by nobody knows what; that was logged. */
  unexplainedAt: number | undefined;
  readonly waiters: ((outcome: MinedReceipt | ChainError) => void)[];
};

/** What the steps of a sender share. */
export type SenderContext = {
  readonly address: Hex;
  readonly settings: SenderSettings;
  readonly signer: Signer;
  readonly chain: Chain;
  readonly journal: Journal;
  readonly fees: FeePolicy;
  readonly clock: () => number;
  readonly log: Logger;
  readonly emit: (event: SenderEvent) => void;
  /** By key; the order is that of `send`. */
  readonly tracked: Map<string, Tracked>;
  /** Called when an intent is in a block: another may be sent. */
  readonly release: (key: string) => void;
};

export function track(
  { tracked }: Pick<SenderContext, "tracked">,
  entry: Entry,
  { isStarting, head }: { readonly isStarting: boolean; readonly head: number },
): Tracked {
  const made: Tracked = {
    entry,
    isStarting,
    reply: undefined,
    attemptedAt: head,
    broadcastAt: -Infinity,
    receipt: undefined,
    outcome: undefined,
    refusal: undefined,
    displacedBy: undefined,
    unexplainedAt: undefined,
    waiters: [],
  };
  tracked.set(entry.intent.key, made);
  return made;
}

/** Watches an entry that nobody waits for: of an earlier process, or one that fills a gap. Its receipt is looked up anew. */
export function adopt(context: SenderContext, entry: Entry, head: number): void {
  if (!context.tracked.has(entry.intent.key))
    track(context, { ...entry, mined: undefined, isFinal: false }, { isStarting: false, head });
}

/** Tells those who wait, and those who will. */
export function report(tracked: Tracked, outcome: MinedReceipt | ChainError): void {
  tracked.outcome = outcome;
  for (const waiter of tracked.waiters.splice(0)) waiter(outcome);
}

/** Those that are in no block yet, by nonce. */
export function openOf({ tracked }: SenderContext): readonly Tracked[] {
  return [...tracked.values()]
    .filter((it) => it.entry.mined === undefined && !it.isStarting)
    .sort((a, b) => a.entry.nonce - b.entry.nonce);
}

/** Those that are in a block and not final. */
export function minedOf({ tracked }: SenderContext): readonly Tracked[] {
  return [...tracked.values()].filter((it) => it.entry.mined !== undefined);
}
