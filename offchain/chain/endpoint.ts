import type { z } from "zod";
import type { Header } from "./answers.ts";
import { headerSchema, quantity } from "./answers.ts";
import { backOff } from "./backOff.ts";
import type { EndpointUrl } from "./endpointUrl.ts";
import { ChainError } from "./errors.ts";
import type { TransportLimits } from "./httpTransport.ts";
import { httpTransport } from "./httpTransport.ts";
import { failed } from "./transport.ts";
import type { RpcAnswer } from "./transport.ts";
import { wsTransport } from "./wsTransport.ts";

/** `up` and asked; `behind` the best head; `paused` on its own demand; `down`; or of another chain, and never asked. */
export type EndpointState = "up" | "behind" | "paused" | "down" | "wrong-chain";

export type EndpointOptions = TransportLimits & {
  /** Milliseconds between two looks at the head. */
  readonly pollIntervalMs: number;
};

export type EndpointDeps = {
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** Called when the head has moved, or the endpoint came back. */
  readonly onHead: () => void;
};

/** What is known of one endpoint. */
export type EndpointView = {
  readonly name: string;
  readonly head: Header | undefined;
  /** When the head was last read, in the clock's milliseconds. */
  readonly seenAt: number;
  /** Milliseconds that an answer takes, as an average over some ten calls. */
  readonly latencyMs: number;
  readonly calls: number;
  /** Calls that failed since the last that did not. */
  readonly failures: number;
  readonly failure: string | undefined;
  /** The clock's milliseconds until which it asked not to be asked. */
  readonly pausedUntil: number;
  readonly foundChainId: number | undefined;
};

export type Endpoint = {
  readonly view: () => EndpointView;
  /** @throws {ChainError} `ENDPOINT_FAILED`, `ENDPOINT_BUSY`. */
  readonly ask: (method: string, params: unknown) => Promise<RpcAnswer>;
  readonly pause: (ms: number) => void;
  /** Takes it for down until `ms` have passed and it answers again. */
  readonly distrust: (reason: string, ms: number) => void;
  /** Reads chain id and head; a failure is in the view. */
  readonly probe: () => Promise<void>;
  /** Looks at the head again and again until `close`. */
  readonly watch: () => void;
  readonly close: () => void;
};

const AVERAGE_OVER = 10;

/** One node, how it does, and where its head is. */
export function createEndpoint(
  endpoint: EndpointUrl,
  options: EndpointOptions,
  { clock, onHead }: EndpointDeps,
): Endpoint {
  const { name } = endpoint;
  const transport =
    endpoint.kind === "http"
      ? httpTransport(endpoint, options)
      : wsTransport(endpoint, options, poke);
  let view: EndpointView = {
    name,
    head: undefined,
    seenAt: -Infinity,
    latencyMs: 0,
    calls: 0,
    failures: 0,
    failure: undefined,
    pausedUntil: -Infinity,
    foundChainId: undefined,
  };
  let distrustedUntil = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<void> | undefined;
  let isWatching = false;
  let isPoked = false;

  async function ask(method: string, params: unknown): Promise<RpcAnswer> {
    const begun = clock();
    try {
      const answer = await transport.ask(method, params);
      const took = clock() - begun;
      const latencyMs =
        view.calls === 0 ? took : view.latencyMs + (took - view.latencyMs) / AVERAGE_OVER;
      view = { ...view, latencyMs, calls: view.calls + 1 };
      return answer;
    } catch (error) {
      view = { ...view, calls: view.calls + 1 };
      if (error instanceof ChainError && error.data.code === "ENDPOINT_BUSY")
        pause(error.data.retryAfterMs);
      else
        fail(error instanceof ChainError && "reason" in error.data ? error.data.reason : "failed");
      throw error;
    }
  }

  function fail(reason: string): void {
    view = { ...view, failures: view.failures + 1, failure: reason };
  }

  function pause(ms: number): void {
    view = { ...view, pausedUntil: clock() + ms };
  }

  async function read<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    params: readonly unknown[],
  ): Promise<z.output<Schema>> {
    const answer = await ask(method, params);
    const parsed = schema.safeParse("result" in answer ? answer.result : undefined);
    if (parsed.success) return parsed.data;
    const reason = "error" in answer ? `refuses ${method}` : `has no valid ${method}`;
    fail(reason);
    throw failed(name, reason, parsed.error);
  }

  async function readState(): Promise<void> {
    if (clock() < Math.max(view.pausedUntil, distrustedUntil)) return;
    // Behind one URL the chain may change when a node is set up anew, so it is asked again after each failure.
    const wasDown = view.failures > 0 || view.foundChainId === undefined;
    if (wasDown) view = { ...view, foundChainId: await read(quantity, "eth_chainId", []) };
    const head = await read(headerSchema, "eth_getBlockByNumber", ["latest", false]);
    const isNew = head.hash !== view.head?.hash;
    view = { ...view, head, seenAt: clock() };
    if (clock() < distrustedUntil) return; // since this look began
    view = { ...view, failures: 0, failure: undefined };
    if (isNew || wasDown) onHead();
  }

  function probe(): Promise<void> {
    probing ??= readState()
      .catch((error: unknown) => {
        if (!(error instanceof ChainError)) throw error; // what it is, is in the view
      })
      .finally(() => {
        probing = undefined;
        if (!isWatching) return;
        const wait = isPoked ? 0 : backOff(options.pollIntervalMs, view.failures);
        isPoked = false;
        timer = setTimeout(() => void probe(), wait);
      });
    return probing;
  }

  function poke(): void {
    if (!isWatching) return;
    isPoked = true; // heads that come while one is read are read after it
    if (probing !== undefined) return;
    isPoked = false;
    clearTimeout(timer);
    void probe();
  }

  return {
    view: () => view,
    ask,
    pause,
    distrust(reason, ms) {
      distrustedUntil = clock() + ms;
      fail(reason);
    },
    probe,
    watch() {
      isWatching = true;
      void probe();
    },
    close() {
      isWatching = false;
      clearTimeout(timer);
      transport.close();
    },
  };
}
