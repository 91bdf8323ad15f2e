import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { keccak256, toQuantity } from "ethers";
import { serveWebSockets } from "./wsServer.ts";

/** A node that tells the truth. */
export type Upstream = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** What is wrong with an endpoint; all of it may be changed at any time. */
export type Faults = {
  /** It knows of nothing in the last blocks, save that it takes transactions. */
  lag: number;
  /** It has the headers of the last blocks and none of their logs. */
  emptyLogs: boolean;
  /** Added to every count of transactions. */
  nonceOffset: number;
  /** It has the state of its head only. */
  forgetful: boolean;
  /** Answers with that status of HTTP, with `Retry-After` of so many seconds. */
  status: number | undefined;
  retryAfter: string | undefined;
  /** Milliseconds that it takes its time. */
  delayMs: number;
  /** Answers what is no JSON. */
  garbage: boolean;
  /** Never answers. */
  silent: boolean;
  /** Ends the connection instead of answering. */
  drops: boolean;
  chainId: number | undefined;
  /** Most blocks whose logs it gives at once. */
  maxLogRange: number;
  /** Says that it took a transaction and forgets it. */
  swallows: boolean;
  /** Hands a transaction on and ends the connection instead of saying so. */
  takesSilently: boolean;
  /** How it tells of new heads. */
  heads: "once" | "thrice" | "never";
};

export type FaultyRpc = {
  readonly url: string;
  readonly wsUrl: string;
  readonly faults: Faults;
  /** Methods that were asked for, oldest first. */
  readonly calls: string[];
  /** Tells the subscribers of a new head; what it says of it is for nobody to rely on. */
  readonly tellHead: () => void;
  readonly dropSockets: () => void;
  readonly close: () => Promise<void>;
};

const NO_FAULTS: Faults = {
  lag: 0,
  emptyLogs: false,
  nonceOffset: 0,
  forgetful: false,
  status: undefined,
  retryAfter: undefined,
  delayMs: 0,
  garbage: false,
  silent: false,
  drops: false,
  chainId: undefined,
  maxLogRange: Infinity,
  swallows: false,
  takesSilently: false,
  heads: "once",
};

type Call = {
  readonly id: unknown;
  readonly method: string;
  /** Left out by some where there are none. */
  readonly params?: readonly unknown[];
};

/** An endpoint over HTTP and WebSocket that does what its faults say with what a node answers. */
export async function startFaultyRpc(
  upstream: Upstream,
  initial: Partial<Faults> = {},
): Promise<FaultyRpc> {
  const faults: Faults = { ...NO_FAULTS, ...initial };
  const calls: string[] = [];
  const server = createServer((request, response) => {
    void answerHttp(request, response);
  });
  const subscribed = new Set<unknown>();
  const peers = serveWebSockets(server, (peer, text) => {
    if (faults.drops) peer.drop();
    if (faults.silent || faults.drops) return;
    const call = JSON.parse(text) as Call;
    if (call.method === "eth_subscribe") {
      subscribed.add(peer);
      peer.send(JSON.stringify({ jsonrpc: "2.0", id: call.id, result: "0x1" }));
      return;
    }
    void answer(call).then((it) => {
      if (it === undefined) peer.drop();
      else peer.send(faults.garbage ? "<html>" : it);
    });
  });

  async function answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = JSON.parse(Buffer.concat(chunks).toString()) as Call;
    if (faults.silent) return;
    if (faults.drops) {
      response.destroy();
      return;
    }
    if (faults.status !== undefined) {
      calls.push(call.method);
      const headers = faults.retryAfter === undefined ? {} : { "retry-after": faults.retryAfter };
      response.writeHead(faults.status, headers).end("Too many requests");
      return;
    }
    const text = await answer(call);
    if (text === undefined) response.destroy();
    else response.end(faults.garbage ? "<html>Bad gateway</html>" : text);
  }

  /** Returns undefined where the connection is to end. */
  async function answer({ id, method, params = [] }: Call): Promise<string | undefined> {
    calls.push(method);
    if (faults.delayMs > 0) await delay(faults.delayMs);
    try {
      const result = await ask(method, params);
      return result === DROP ? undefined : JSON.stringify({ jsonrpc: "2.0", id, result });
    } catch (error) {
      if (isUnreachable(error)) return undefined;
      return JSON.stringify({ jsonrpc: "2.0", id, error: toRefusal(error) });
    }
  }

  async function ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const head = await headNumber();
    const isHidden = (block: unknown): boolean =>
      typeof block === "string" && /^0x[0-9a-f]{1,15}$/.test(block) && Number(block) > head;
    const [first, second] = params;
    switch (method) {
      case "eth_chainId":
        return faults.chainId === undefined ? upstream(method, params) : toQuantity(faults.chainId);
      case "eth_blockNumber":
        return toQuantity(head);
      case "eth_getBlockByNumber":
        if (isHidden(first)) return null;
        return upstream(method, [first === "latest" ? toQuantity(head) : first, second]);
      case "eth_getTransactionReceipt": {
        const receipt = (await upstream(method, params)) as { readonly blockNumber: string } | null;
        return receipt === null || Number(receipt.blockNumber) > head ? null : receipt;
      }
      case "eth_getTransactionCount": {
        if (faults.forgetful && second !== "latest" && Number(second) < head)
          throw refusal(-32000, "missing trie node");
        const at = second === "latest" || isHidden(second) ? toQuantity(head) : second;
        const count = Number(await upstream(method, [first, at]));
        return toQuantity(Math.max(count + faults.nonceOffset, 0));
      }
      case "eth_getLogs":
        return logs(first as Readonly<Record<string, string>>, head);
      case "eth_sendRawTransaction":
        if (faults.swallows) return keccak256(first as string);
        await upstream(method, params);
        return faults.takesSilently ? DROP : keccak256(first as string);
      default:
        return upstream(method, params);
    }
  }

  async function logs(
    filter: Readonly<Partial<Record<string, string>>>,
    head: number,
  ): Promise<unknown> {
    const { fromBlock, toBlock, blockHash } = filter;
    if (blockHash === undefined) {
      const to =
        toBlock === undefined || toBlock === "latest" ? head : Math.min(Number(toBlock), head);
      if (to - Number(fromBlock) + 1 > faults.maxLogRange)
        throw refusal(-32005, "query returned more than 10000 results");
      if (faults.emptyLogs || to < Number(fromBlock)) return []; // as nodes that are behind do
      return upstream("eth_getLogs", [{ ...filter, toBlock: toQuantity(to) }]);
    }
    if (faults.emptyLogs) return [];
    return upstream("eth_getLogs", [filter]);
  }

  async function headNumber(): Promise<number> {
    return Math.max(Number(await upstream("eth_blockNumber", [])) - faults.lag, 0);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    faults,
    calls,
    tellHead() {
      const count = { once: 1, thrice: 3, never: 0 }[faults.heads];
      const params = {
        subscription: "0x1",
        result: { number: "0x1", hash: `0x${"00".repeat(32)}` },
      };
      const text = JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params });
      for (const peer of peers) {
        if (subscribed.has(peer)) for (let sent = 0; sent < count; sent++) peer.send(text);
      }
    },
    dropSockets() {
      for (const peer of peers) peer.drop();
    },
    async close() {
      for (const peer of peers) peer.drop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The connection is to end without an answer. */
const DROP = Symbol("drop");

/** What nodes refuse by has a code; the node behind this endpoint is not there. */
function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError && !("code" in error);
}

type Refusal = Error & { readonly code: number };

function refusal(code: number, message: string): Refusal {
  return Object.assign(new Error(message), { code });
}

function toRefusal(error: unknown): object {
  const { code = -32000, message = "", data } = error as Partial<Refusal> & { data?: unknown };
  return data === undefined ? { code, message } : { code, message, data };
}
