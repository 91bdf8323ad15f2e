import * as z from "zod";
import { DataError } from "./errors.ts";
import { readSettings } from "./settings.ts";

const statusSchema = z.record(
  z.string(),
  z.object({
    block: z.object({ number: z.number().int(), timestamp: z.number().int() }).nullable(),
  }),
);
const blockSchema = z.object({
  result: z.object({
    number: z.string().transform(Number),
    timestamp: z.string().transform(Number),
  }),
});

type Block = z.output<typeof blockSchema>["result"];

/** How far the indexer is behind the chain. */
export type Health = {
  readonly chain: string;
  /** Newest block in the index. */
  readonly indexed: number;
  /** Newest block on the chain, and how far the index is behind it; undefined where the chain does not answer. */
  readonly head: { readonly number: number; readonly behind: Lag } | undefined;
  /** The chain's time, in seconds: that of the newest block that is known. */
  readonly at: number;
};

type Lag = { readonly blocks: number; readonly seconds: number };

/**
 * Asks the indexer for its newest block and the chain for its own.
 *
 * @throws {DataError} where the indexer does not answer, and where neither knows a block.
 */
export async function readHealth(): Promise<Health> {
  const { rpc, chain } = await readSettings();
  const [status, head] = await Promise.all([readStatus(), readHead(rpc)]);
  const block = Object.values(status)[0]?.block ?? undefined;
  const at = head?.timestamp ?? block?.timestamp;
  if (at === undefined) throw new DataError({ code: "CHAIN_DOWN" });
  const indexed = block?.number ?? 0;
  return {
    chain,
    indexed,
    head: head && lagOf(head, { number: indexed, timestamp: block?.timestamp ?? at }),
    at,
  };
}

function lagOf(head: Block, indexed: Block): Health["head"] {
  const blocks = Math.max(0, head.number - indexed.number);
  const seconds = Math.max(0, head.timestamp - indexed.timestamp);
  return { number: indexed.number + blocks, behind: { blocks, seconds } };
}

async function readStatus(): Promise<z.output<typeof statusSchema>> {
  const response = await fetch("/status").catch((cause: unknown) => {
    throw new DataError({ code: "INDEXER_DOWN" }, { cause });
  });
  if (!response.ok) throw new DataError({ code: "INDEXER_DOWN" });
  const parsed = statusSchema.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw new DataError({ code: "INDEXER_MALFORMED", at: "status" });
  return parsed.data;
}

/** Undefined where the chain does not answer, or not in the way of JSON-RPC: the index is worth reading all the same. */
async function readHead(rpc: string): Promise<Block | undefined> {
  const body = { jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] };
  const headers = { "content-type": "application/json" };
  const answer: unknown = await fetch(rpc, { method: "POST", headers, body: JSON.stringify(body) })
    .then((response) => response.json())
    .catch(() => undefined);
  return blockSchema.safeParse(answer).data?.result;
}
