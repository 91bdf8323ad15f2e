import type { LedgerChain } from "./ledgerChain.ts";

/** Vouchers that were objected to, as far as the chain was read. */
export type Objections = {
  /** Reads on, up to a block; returns the keys of all that was objected to from the first block on, whatever became of it. */
  readonly since: (fromBlock: number, toBlock: number) => Promise<ReadonlySet<string>>;
};

/** Blocks that are read again, as a reorganisation may have changed them. */
const REREAD = 64;

/** Remembers what it read: a look at many batches reads each block once. */
export function createObjections(chain: Pick<LedgerChain, "objections">): Objections {
  const keys = new Set<string>();
  let first: number | undefined;
  let next = 0;
  return {
    async since(fromBlock, toBlock) {
      const start = first === undefined || fromBlock < first ? fromBlock : Math.max(next, first);
      for (const key of await chain.objections(start, toBlock)) keys.add(key);
      first = Math.min(first ?? fromBlock, fromBlock);
      next = Math.max(toBlock - REREAD, first);
      return keys;
    },
  };
}
