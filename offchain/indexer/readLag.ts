import * as z from "zod";
import { IndexerError } from "./errors.ts";

const statusSchema = z.object({
  vouch: z.object({ block: z.object({ number: z.number().int().nonnegative() }) }).optional(),
});
const headSchema = z.object({ result: z.string().regex(/^0x[0-9a-f]+$/) });

/** How far an indexer is behind its chain, in blocks. */
export type Lag = {
  /** Last block that is indexed; -1 before the first. */
  readonly indexed: number;
  readonly head: number;
};

/**
 * Asks an indexer and its chain for their last blocks.
 *
 * @throws {IndexerError} `STATUS_INVALID`.
 */
export async function readLag(url: string, rpc: string, signal?: AbortSignal): Promise<Lag> {
  const given = signal === undefined ? {} : { signal };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] });
  const headers = { "content-type": "application/json" };
  const [status, head] = await Promise.all([
    fetch(`${url}/status`, given),
    fetch(rpc, { method: "POST", headers, body, ...given }),
  ]);
  const indexed = statusSchema.safeParse(await status.json());
  const answered = headSchema.safeParse(await head.json());
  if (!indexed.success || !answered.success) {
    const reason = (indexed.error ?? answered.error)?.issues[0]?.message ?? "no answer";
    throw new IndexerError({ code: "STATUS_INVALID", reason });
  }
  return {
    indexed: indexed.data.vouch?.block.number ?? -1,
    head: Number(answered.data.result),
  };
}
