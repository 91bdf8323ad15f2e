// A process of the bench: the synthetic chain behind JSON-RPC, so that making it takes no time of the indexer's process.
// `node chainServer.ts <events>`; says {port, head, events} to its parent once it listens.
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { id } from "ethers";
import * as z from "zod";
import { ARBITER, CHAIN_ID, DISPUTES, POOLS, QUORUM } from "./addresses.ts";
import { wordOf } from "./eventLog.ts";
import { createSyntheticChain } from "./syntheticChain.ts";

const questionSchema = z.object({
  id: z.unknown(),
  method: z.string(),
  params: z.array(z.any()).default([]),
});
const oneOrMore = z.union([z.string().transform((it) => [it]), z.array(z.string())]);
const filterSchema = z.object({
  fromBlock: z.string().optional(),
  toBlock: z.string().optional(),
  blockHash: z.string().optional(),
  address: oneOrMore.optional(),
  topics: z.array(oneOrMore.nullable()).default([]),
});
const callSchema = z.object({
  to: z.string(),
  data: z.string().optional(),
  input: z.string().optional(),
});

const HASH_LENGTH = 66;

const chain = createSyntheticChain(Number(process.argv[2]));
const asked = new Map<string, number>();
/** What a reader of the deployment asks its contracts, by the selector of the call. */
const answers: Readonly<Record<string, string>> = {
  [id("disputes()").slice(0, 10)]: wordOf(DISPUTES),
  [id("verifierOf(uint8)").slice(0, 10)]: wordOf(QUORUM),
  [id("arbiter()").slice(0, 10)]: wordOf(ARBITER),
  [id("pools()").slice(0, 10)]: wordOf(POOLS),
};

const server = createServer((request, response) => {
  void textOf(request).then((text) => {
    const body: unknown = JSON.parse(text);
    response.setHeader("content-type", "application/json");
    response.end(Array.isArray(body) ? `[${body.map(answer).join(",")}]` : answer(body));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, head: chain.head, events: Object.fromEntries(chain.events) });
});
process.on("message", () => process.send?.({ asked: Object.fromEntries(asked) }));
process.on("disconnect", () => process.exit());

function answer(body: unknown): string {
  const question = questionSchema.parse(body);
  asked.set(question.method, (asked.get(question.method) ?? 0) + 1);
  const result = resultOf(question.method, question.params);
  const start = `{"jsonrpc":"2.0","id":${JSON.stringify(question.id)}`;
  if (result !== undefined) return `${start},"result":${result}}`;
  return `${start},"error":{"code":-32601,"message":"no ${question.method} here"}}`;
}

/** The answer as JSON; undefined of what this chain does not know. */
function resultOf(method: string, params: readonly unknown[]): string | undefined {
  const [first, second] = params;
  switch (method) {
    case "eth_chainId":
      return `"0x${CHAIN_ID.toString(16)}"`;
    case "net_version":
      return `"${CHAIN_ID}"`;
    case "eth_blockNumber":
      return `"0x${chain.head.toString(16)}"`;
    case "eth_getBlockByNumber":
    case "eth_getBlockByHash":
      return chain.blockJson(numberOf(first), second === true) ?? "null";
    case "eth_getBlockReceipts":
      return chain.receiptsJson(numberOf(first)) ?? "null";
    case "eth_getTransactionReceipt":
      return chain.receiptJson(z.string().parse(first)) ?? "null";
    case "eth_getLogs": {
      const { fromBlock, toBlock, blockHash, address, topics } = filterSchema.parse(first);
      return chain.logsJson({
        fromBlock: numberOf(blockHash ?? fromBlock),
        toBlock: Math.min(numberOf(blockHash ?? toBlock), chain.head),
        addresses: setOf(address),
        topics: setOf(topics[0]),
      });
    }
    case "eth_call": {
      const { data, input } = callSchema.parse(first);
      const known = answers[(data ?? input ?? "").slice(0, 10)];
      return known === undefined ? undefined : `"0x${known}"`;
    }
    default:
      return undefined;
  }
}

/** Of a number, a tag or a hash. */
function numberOf(block: unknown): number {
  const tag = z.string().parse(block);
  if (tag.length === HASH_LENGTH) return Number(tag.slice(0, 10));
  if (tag === "earliest") return 0;
  return tag.startsWith("0x") ? Number(tag) : chain.head;
}

function setOf(values: readonly string[] | null | undefined): ReadonlySet<string> | undefined {
  return values ? new Set(values.map((value) => value.toLowerCase())) : undefined;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
