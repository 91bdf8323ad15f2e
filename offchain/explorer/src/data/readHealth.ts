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

/** How far the indexer is behind the chain. */
export type Health = {
  readonly chain: string;
  /** Newest block in the index, and on the chain. */
  readonly indexed: number;
  readonly head: number;
  /** Seconds of the chain between the two. */
  readonly apart: number;
  /** The chain's time, in seconds: that of its newest block. */
  readonly at: number;
};

/** Asks the indexer for its newest block and the chain for its own. */
export async function readHealth(): Promise<Health> {
  const { rpc, chain } = await readSettings();
  const [status, head] = await Promise.all([readStatus(), readHead(rpc)]);
  const [first] = Object.values(status);
  const block = first?.block ?? { number: 0, timestamp: head.timestamp };
  return {
    chain,
    indexed: block.number,
    head: Math.max(head.number, block.number),
    apart: Math.max(0, head.timestamp - block.timestamp),
    at: head.timestamp,
  };
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

async function readHead(rpc: string): Promise<z.output<typeof blockSchema>["result"]> {
  const body = { jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] };
  const response = await fetch(rpc, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch((cause: unknown) => {
    throw new DataError({ code: "CHAIN_DOWN" }, { cause });
  });
  const parsed = blockSchema.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw new DataError({ code: "CHAIN_DOWN" });
  return parsed.data.result;
}
