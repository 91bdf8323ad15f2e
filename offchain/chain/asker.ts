import type { z } from "zod";
import { ChainError } from "./errors.ts";

/** Whoever answers JSON-RPC: every provider of ethers with `send`, Hardhat's too. */
export type Asker = {
  readonly send: (method: string, params: unknown[]) => Promise<unknown>;
};

/** One node, for questions whose answers must fit together. */
export type PinnedAsker = Asker & {
  /** Says that they did not, so that others are asked for a while. */
  readonly distrust?: (reason: string) => void;
};

/** A chain as this package needs it; what `openEndpoints` gives has all of it, one node's provider the first part. */
export type Chain = Asker & {
  /** The node to ask now; without it, the chain is one node. */
  readonly pinned?: () => PinnedAsker;
  /** Calls the listener when the head may have moved; returns what ends that. A hint: heads may be missed or repeated. */
  readonly onHead?: (listener: () => void) => () => void;
};

/** One node of the chain. */
export function pinnedOf(chain: Chain): PinnedAsker {
  return chain.pinned?.() ?? chain;
}

/**
 * Asks and reads the answer.
 *
 * @throws {ChainError} `ANSWER_INVALID` where the answer is not of the schema.
 */
export async function ask<Schema extends z.ZodType>(
  asker: Asker,
  schema: Schema,
  method: string,
  params: readonly unknown[],
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await asker.send(method, [...params]));
  if (!parsed.success) {
    const reason = parsed.error.issues[0]?.message ?? "it is empty";
    throw new ChainError({ code: "ANSWER_INVALID", method, reason }, { cause: parsed.error });
  }
  return parsed.data;
}
