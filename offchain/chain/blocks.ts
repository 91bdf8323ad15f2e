import type { Hex } from "@vouch/protocol";
import { toQuantity } from "ethers";
import { z } from "zod";
import type { Header } from "./answers.ts";
import { headerSchema } from "./answers.ts";
import type { Asker } from "./asker.ts";
import { ask } from "./asker.ts";
import { ChainError } from "./errors.ts";

/** A block by its place and its hash. */
export type BlockRef = { readonly number: number; readonly hash: Hex };

/** @throws {ChainError} `BLOCK_MISSING` where the node has none. */
export async function readHead(asker: Asker): Promise<Header> {
  const head = await ask(asker, headerSchema.nullable(), "eth_getBlockByNumber", ["latest", false]);
  if (head === null) throw new ChainError({ code: "BLOCK_MISSING", block: "latest" });
  return head;
}

/** Returns undefined where the node has no block of that number. */
export async function findHeader(asker: Asker, number: number): Promise<Header | undefined> {
  const params = [toQuantity(number), false];
  const header = await ask(asker, headerSchema.nullable(), "eth_getBlockByNumber", params);
  if (header !== null && header.number !== number) {
    const reason = `it is block ${header.number}, asked for was ${number}`;
    throw new ChainError({ code: "ANSWER_INVALID", method: "eth_getBlockByNumber", reason });
  }
  return header ?? undefined;
}

/** @throws {ChainError} `BLOCK_MISSING` where the node has none. */
export async function readHeader(asker: Asker, number: number): Promise<Header> {
  const header = await findHeader(asker, number);
  if (header === undefined) throw new ChainError({ code: "BLOCK_MISSING", block: String(number) });
  return header;
}

/** What a caller stores of its place in the chain. */
export const blockRefSchema = z.object({
  number: z.number().int().nonnegative(),
  hash: z.custom<Hex>((it) => typeof it === "string" && /^0x[0-9a-f]{64}$/.test(it)),
});
