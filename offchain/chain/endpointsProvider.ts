import type { JsonRpcError, JsonRpcPayload, JsonRpcResult, Subscriber, Subscription } from "ethers";
import { JsonRpcApiProvider, Network } from "ethers";
import type { PinnedAsker } from "./asker.ts";
import type { Endpoint, EndpointState } from "./endpoint.ts";
import { failed } from "./transport.ts";
import type { RpcAnswer } from "./transport.ts";
import type { Router } from "./router.ts";

/** How one endpoint does. */
export type EndpointStatus = {
  /** Its URL without path, query and password. */
  readonly endpoint: string;
  readonly state: EndpointState;
  readonly head: number | undefined;
  readonly latencyMs: number;
  /** Calls so far, and those that failed since the last that did not. */
  readonly calls: number;
  readonly failures: number;
  readonly failure: string | undefined;
};

const DISTRUST_MS = 10_000;

/**
 * A provider of ethers over several endpoints. A class, since ethers has its providers built by inheritance; what it does is
 * in `Router` and `Endpoint`.
 */
export class EndpointsProvider extends JsonRpcApiProvider {
  readonly #endpoints: readonly Endpoint[];
  readonly #router: Router;
  readonly #listeners: Set<() => void>;

  /** `listeners` are called by whoever made the endpoints when a head moves. */
  constructor(
    chainId: number,
    endpoints: readonly Endpoint[],
    router: Router,
    listeners: Set<() => void>,
  ) {
    // One call a request: in a batch, one refusal for its rate would fail the others with it.
    super(chainId, { staticNetwork: Network.from(chainId), batchMaxCount: 1, cacheTimeout: -1 });
    this.#endpoints = endpoints;
    this.#router = router;
    this.#listeners = listeners;
    this._start();
  }

  override async _send(
    payload: JsonRpcPayload | readonly JsonRpcPayload[],
  ): Promise<(JsonRpcResult | JsonRpcError)[]> {
    const calls = "method" in payload ? [payload] : payload;
    return Promise.all(
      calls.map(async ({ id, method, params }) => {
        const answer =
          method === "eth_sendRawTransaction"
            ? await this.#router.broadcast(params)
            : await this.#router.ask(method, params);
        return toJsonRpc(id, answer);
      }),
    );
  }

  /** The endpoint that is best now, for questions whose answers must fit together; a failure is not retried elsewhere. */
  pinned(): PinnedAsker {
    const endpoint = this.#router.best();
    return {
      send: async (method, params) => {
        if (this.#router.stateOf(endpoint) === "wrong-chain")
          throw failed(endpoint.view().name, "serves another chain");
        const answer = await endpoint.ask(method, params);
        if ("result" in answer) return answer.result;
        throw this.getRpcError(
          { id: 0, jsonrpc: "2.0", method, params },
          toJsonRpcError(0, answer),
        );
      },
      distrust: (reason) => {
        endpoint.distrust(reason, DISTRUST_MS);
      },
    };
  }

  /** Calls the listener when a head has moved; returns what ends that. */
  onHead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How each endpoint does, in the order of the URLs. */
  status(): readonly EndpointStatus[] {
    return this.#endpoints.map((it) => {
      const { name, head, latencyMs, calls, failures, failure } = it.view();
      const state = this.#router.stateOf(it);
      return { endpoint: name, state, head: head?.number, latencyMs, calls, failures, failure };
    });
  }

  override _getSubscriber(subscription: Subscription): Subscriber {
    return subscription.type === "block"
      ? blockSubscriber(this, this.#router)
      : super._getSubscriber(subscription);
  }

  override destroy(): void {
    for (const it of this.#endpoints) it.close();
    this.#listeners.clear();
    super.destroy();
  }
}

/** Tells of every block number from the first head on, once, in order. */
function blockSubscriber(provider: EndpointsProvider, router: Router): Subscriber {
  let last: number | undefined;
  let isPaused = false;
  let leave: (() => void) | undefined;
  const advance = (): void => {
    const head = router.head();
    if (isPaused || head === undefined) return;
    for (let number = (last ?? head - 1) + 1; number <= head; number++)
      void provider.emit("block", number);
    last = Math.max(last ?? head, head);
  };
  return {
    start() {
      leave = provider.onHead(advance);
      last = router.head();
    },
    stop() {
      leave?.();
    },
    pause(dropWhilePaused = false) {
      isPaused = true;
      if (dropWhilePaused) last = undefined;
    },
    resume() {
      isPaused = false;
      advance();
    },
  };
}

function toJsonRpc(id: number, answer: RpcAnswer): JsonRpcResult | JsonRpcError {
  return "result" in answer ? { id, result: answer.result } : toJsonRpcError(id, answer);
}

function toJsonRpcError(
  id: number,
  { error: { code, message, data } }: Extract<RpcAnswer, { readonly error: unknown }>,
): JsonRpcError {
  return { id, error: { code, message, data } };
}
