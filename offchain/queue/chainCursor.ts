import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import type { Sql } from "./sql.ts";

const blockSchema = z.object({
  number: z.number().int().nonnegative(),
  hash: z.custom<Hex>((it) => typeof it === "string" && /^0x[0-9a-f]{64}$/.test(it)),
});

const cursorSchema = z.object({
  next: z.coerce.number().int().nonnegative(),
  blocks: z.array(blockSchema),
});

/** Where reading of a chain goes on: the next block, and the hashes of the last ones that were read, oldest first. */
export type ChainCursor = {
  readonly next: number;
  readonly blocks: readonly { readonly number: number; readonly hash: Hex }[];
};

/** The cursor of one reader. */
export type CursorRow = {
  readonly load: () => Promise<ChainCursor | undefined>;
  /** Give it the transaction that holds what follows from the blocks before `next`, and neither is lost without the other. */
  readonly save: (cursor: ChainCursor, tx: Sql) => Promise<void>;
};

/** Returns the cursor of whoever reads `contract` of a chain. */
export function chainCursor(sql: Sql, chainId: bigint, contract: Hex): CursorRow {
  const name = `${chainId.toString()}:${contract.toLowerCase()}`;
  return {
    async load() {
      const rows = await sql.query("SELECT next, blocks FROM vouch.cursors WHERE name = $1", [
        name,
      ]);
      return rows[0] === undefined ? undefined : cursorSchema.parse(rows[0]);
    },
    async save({ next, blocks }, tx) {
      await tx.query(
        `INSERT INTO vouch.cursors (name, next, blocks) VALUES ($1, $2, $3::jsonb)
         ON CONFLICT (name) DO UPDATE SET next = excluded.next, blocks = excluded.blocks`,
        [name, next, JSON.stringify(blocks)],
      );
    },
  };
}
