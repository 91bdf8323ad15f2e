import type { Hex } from "@vouch/protocol";
import { getBytes, keccak256, toQuantity } from "ethers";
import { z } from "zod";
import type { ChainLog } from "./answers.ts";
import { logSchema } from "./answers.ts";
import type { Asker } from "./asker.ts";
import { ask } from "./asker.ts";

/** Logs of any of the addresses whose topics are as given; null is any topic, a list any of its own. */
export type LogFilter = {
  readonly address: Hex | readonly Hex[];
  readonly topics?: readonly (Hex | readonly Hex[] | null)[];
};

/** Where to look: a range of blocks, both ends included, or one block by its hash. */
export type LogPlace =
  { readonly fromBlock: number; readonly toBlock: number } | { readonly blockHash: Hex };

/** Reads the logs that any of the filters matches, each once, in the order of the chain. */
export async function readLogs(
  asker: Asker,
  filters: readonly LogFilter[],
  place: LogPlace,
): Promise<readonly ChainLog[]> {
  const where =
    "blockHash" in place
      ? place
      : { fromBlock: toQuantity(place.fromBlock), toBlock: toQuantity(place.toBlock) };
  const answers = await Promise.all(
    filters.map(({ address, topics = [] }) =>
      ask(asker, z.array(logSchema), "eth_getLogs", [{ ...where, address, topics }]),
    ),
  );
  const byPlace = new Map(answers.flat().map((it) => [`${it.blockHash}:${it.logIndex}`, it]));
  return [...byPlace.values()].sort(
    (a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex,
  );
}

/**
 * Whether a block with that bloom may have logs of the filter; false is certain (Ethereum's yellow paper, 4.3.1), save on
 * chains whose blooms are empty.
 */
export function mayHold(logsBloom: Hex, { address, topics = [] }: LogFilter): boolean {
  const bloom = getBytes(logsBloom);
  const holds = (value: Hex): boolean => {
    const hash = getBytes(keccak256(value));
    return [0, 2, 4].every((at) => {
      const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047;
      return ((bloom[bloom.length - 1 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
    });
  };
  const anyOf = (values: Hex | readonly Hex[] | null): boolean =>
    values === null || values.length === 0 || [values].flat().some(holds);
  return anyOf(address) && topics.every(anyOf);
}

/** Whether the filter selects the log. */
export function matches(
  log: Pick<ChainLog, "address" | "topics">,
  { address, topics = [] }: LogFilter,
): boolean {
  const isOf = (value: string | undefined, values: Hex | readonly Hex[] | null): boolean =>
    values === null || [values].flat().some((it) => it.toLowerCase() === value);
  return (
    isOf(log.address, address) &&
    topics.every((it, index) =>
      it !== null && [it].flat().length === 0 ? true : isOf(log.topics[index], it),
    )
  );
}
