import type { Context } from "ponder:registry";
import { step } from "ponder:schema";
import type { Hex } from "viem";

/** The part of an event that a step is made of. */
export type Happening = {
  readonly id: string;
  readonly block: { readonly number: bigint; readonly timestamp: bigint };
  readonly transaction: { readonly hash: Hex };
};

/** What an event was to a request; amounts of `data` are decimals. */
export type Step = {
  readonly request: Hex;
  /** The event's name. */
  readonly kind: string;
  readonly actor?: Hex;
  readonly data?: Readonly<Record<string, string | number | boolean>>;
};

/** Adds what happened to the timeline of a request. */
export async function addStep(
  db: Context["db"],
  event: Happening,
  { request, kind, actor, data = {} }: Step,
): Promise<void> {
  await db.insert(step).values({
    id: event.id,
    ...{ request, kind, actor: actor ?? null, data },
    at: Number(event.block.timestamp),
    block: Number(event.block.number),
    tx: event.transaction.hash,
  });
}
