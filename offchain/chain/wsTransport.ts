import { z } from "zod";
import type { EndpointUrl } from "./endpointUrl.ts";
import type { TransportLimits } from "./httpTransport.ts";
import type { RpcAnswer, Transport } from "./transport.ts";
import { failed, parseAnswer } from "./transport.ts";

type Call = {
  readonly resolve: (answer: RpcAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
};

const messageSchema = z.object({ id: z.number().nullish(), method: z.string().nullish() });

const MIN_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 30_000;

/**
 * Calls over one WebSocket, which is opened again, with growing pauses, when it drops; `onHead` is called for each new head
 * that the node tells of, and when a connection was made anew: what was missed meanwhile is for the listener to read.
 */
export function wsTransport(
  { name, url, headers }: EndpointUrl,
  { timeoutMs, maxBytes }: TransportLimits,
  onHead: () => void,
): Transport {
  const calls = new Map<number, Call>();
  let lastId = 0;
  let failures = 0;
  let isClosed = false;
  let socket: WebSocket | undefined;
  let opened: Promise<WebSocket> | undefined;
  let retry: NodeJS.Timeout | undefined;

  function connect(): Promise<WebSocket> {
    // Node's WebSocket takes headers, which the DOM's type does not know.
    const options = { headers } as unknown as string[];
    const made = new WebSocket(url, options);
    socket = made;
    const promise = new Promise<WebSocket>((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer);
        reject(failed(name, reason));
        drop(made, reason);
      };
      const timer = setTimeout(() => {
        fail(`took more than ${timeoutMs} ms to connect`);
      }, timeoutMs);
      made.addEventListener("open", () => {
        clearTimeout(timer);
        failures = 0;
        resolve(made);
        subscribe(made);
      });
      made.addEventListener("close", () => {
        fail("closed the connection");
      });
      made.addEventListener("error", () => {
        fail("cannot be reached");
      });
      made.addEventListener("message", ({ data }) => {
        receive(made, data);
      });
    });
    promise.catch(() => undefined); // whoever asks awaits it too
    return promise;
  }

  /** First what is known of it: closing one that is not open yet tells of an error, which drops it, before it returns. */
  function drop(made: WebSocket, reason: string): void {
    if (socket !== made) return;
    dropped(made, reason);
    made.close();
  }

  function dropped(made: WebSocket, reason: string): void {
    if (socket !== made) return;
    socket = undefined;
    opened = undefined;
    for (const { reject, timer } of calls.values()) {
      clearTimeout(timer);
      reject(failed(name, reason));
    }
    calls.clear();
    if (isClosed) return;
    failures += 1;
    retry = setTimeout(
      () => {
        opened ??= connect();
      },
      Math.min(MIN_BACK_OFF_MS * 2 ** Math.min(failures, 16), MAX_BACK_OFF_MS),
    );
  }

  function receive(made: WebSocket, data: unknown): void {
    if (typeof data !== "string" || data.length > maxBytes) {
      drop(made, "sent no text, or too much of it");
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      drop(made, "sent what is not JSON"); // no call can be told for which it was meant
      return;
    }
    const message = messageSchema.safeParse(value).data;
    if (message?.method === "eth_subscription") {
      onHead();
      return;
    }
    const id = message?.id;
    const call = typeof id === "number" ? calls.get(id) : undefined;
    if (call === undefined || typeof id !== "number") return; // too late, or never asked for
    calls.delete(id);
    clearTimeout(call.timer);
    try {
      call.resolve(parseAnswer(name, id, value));
    } catch (error) {
      call.reject(error);
    }
  }

  /** A node without subscriptions is polled as others are. */
  function subscribe(made: WebSocket): void {
    askOn(made, "eth_subscribe", ["newHeads"]).then(onHead, () => undefined);
  }

  function askOn(made: WebSocket, method: string, params: unknown): Promise<RpcAnswer> {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        calls.delete(id);
        reject(failed(name, `took more than ${timeoutMs} ms`));
        drop(made, "went silent"); // a connection that is gone without a word answers nothing any more
      }, timeoutMs);
      calls.set(id, { resolve, reject, timer });
      made.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  opened = connect();
  return {
    async ask(method, params) {
      if (opened === undefined) throw failed(name, "is not connected");
      return askOn(await opened, method, params);
    },
    close() {
      isClosed = true;
      clearTimeout(retry);
      const made = socket;
      if (made !== undefined) drop(made, "was closed here");
    },
  };
}
