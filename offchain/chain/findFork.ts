import type { Asker } from "./asker.ts";
import type { BlockRef } from "./blocks.ts";
import { findHeader } from "./blocks.ts";

/**
 * Returns the index of the last of the blocks that is still part of the chain, -1 where none is; undefined where the node has not
 * the newest and so cannot say.
 *
 * @param blocks blocks that were part of one chain, oldest first; one or more.
 */
export async function findFork(
  asker: Asker,
  blocks: readonly BlockRef[],
): Promise<number | undefined> {
  const isThere = async (index: number): Promise<boolean | undefined> => {
    const block = blocks[index];
    if (block === undefined) return undefined;
    const header = await findHeader(asker, block.number);
    return header === undefined ? undefined : header.hash === block.hash;
  };
  let high = blocks.length - 1;
  const isNewestThere = await isThere(high);
  if (isNewestThere === undefined) return undefined; // the node is behind, or has yet to build the new branch
  if (isNewestThere) return high;
  // Where a block is part of the chain, so are all before it: the last one that is, is found by halving.
  let low = -1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((await isThere(middle)) === true) low = middle;
    else high = middle;
  }
  return low;
}
