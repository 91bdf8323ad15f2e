import { z } from "zod";
import type { BlockRef } from "./blocks.ts";
import { blockRefSchema } from "./blocks.ts";

/** Where reading goes on: the next block, and the hashes of the last ones that were read, oldest first. */
export type LogCursor = {
  readonly next: number;
  readonly blocks: readonly BlockRef[];
};

/** A cursor as a store gives it back. */
export const logCursorSchema = z
  .object({
    next: z.number().int().nonnegative(),
    blocks: z.array(blockRefSchema).readonly(),
  })
  .readonly();

/** The cursor after the blocks up to the last of `read`, of which no more than `depth` hashes are kept. */
export function advanced(
  cursor: LogCursor,
  next: number,
  read: readonly BlockRef[],
  depth: number,
): LogCursor {
  return { next, blocks: [...cursor.blocks, ...read].slice(-depth) };
}

/** The cursor when the blocks behind `last` are no longer part of the chain; `next` is the one to read again. */
export function rolledBack({ blocks }: LogCursor, last: number, next: number): LogCursor {
  return { next, blocks: blocks.filter(({ number }) => number <= last) };
}
