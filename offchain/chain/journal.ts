import type { Hex } from "@vouch/protocol";
import type { Fees } from "./fees.ts";
import type { Intent } from "./intent.ts";

/** One signed form of an entry: several differ in fees, or cancel it, and the chain takes one of them. */
export type Attempt = { readonly hash: Hex; readonly raw: Hex; readonly fees: Fees };

/** Where one attempt of an entry is in the chain; `status` 1 unless it reverted. */
export type Mined = {
  readonly hash: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly status: number;
};

/** What a journal knows of one intent; attempts oldest first. */
export type Entry = {
  readonly sender: Hex;
  readonly nonce: number;
  readonly intent: Intent;
  readonly attempts: readonly Attempt[];
  readonly mined: Mined | undefined;
  /** Nobody watches it any more. */
  readonly isFinal: boolean;
};

/**
 * What a sender must not forget: which nonce is whose, and everything that was ever signed for it. Each function is durable when
 * it returns, and one journal may serve several processes. A nonce belongs to one intent for ever, so that no two
 * intents can be signed with it; only `moved` takes an intent to another, and leaves the nonce as used.
 */
export type Journal = {
  /**
   * Gives the intent the next nonce: the greater of `chainNonce` and the one behind the highest that was ever given. Idempotent by
   * key: what the journal has comes back as it is.
   */
  readonly reserve: (sender: Hex, intent: Intent, chainNonce: number) => Promise<Entry>;
  /**
   * Gives the intent exactly that nonce; where it is taken, returns the entry that has it.
   */
  readonly fill: (sender: Hex, intent: Intent, nonce: number) => Promise<Entry>;
  /** Adds an attempt, before anybody sees it. */
  readonly attempt: (key: string, attempt: Attempt) => Promise<void>;
  readonly mined: (key: string, mined: Mined) => Promise<void>;
  /** A reorganisation took the block that it was mined in, or it was final too early. */
  readonly reopened: (key: string) => Promise<void>;
  /** It needs no watching any more. */
  readonly final: (key: string) => Promise<void>;
  /**
   * Its nonce was used by a transaction that is not in the journal: gives it the next, as `reserve` does, without attempts. Where it has
   * another nonce than that already, another process has seen the same, and it comes back as it is: it would run once for each.
   */
  readonly moved: (key: string, nonce: number, chainNonce: number) => Promise<Entry>;
  /** Those that are not final, by nonce. */
  readonly open: (sender: Hex) => Promise<readonly Entry[]>;
  /** The one that has the nonce. */
  readonly at: (sender: Hex, nonce: number) => Promise<Entry | undefined>;
};
