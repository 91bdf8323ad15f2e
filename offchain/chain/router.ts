import { setTimeout as delay } from "node:timers/promises";
import { keccak256 } from "ethers";
import type { Endpoint, EndpointState, EndpointView } from "./endpoint.ts";
import type { EndpointFailure } from "./errors.ts";
import { ChainError } from "./errors.ts";
import { refusalKind } from "./refusal.ts";
import type { RpcAnswer } from "./transport.ts";

export type RouterOptions = {
  readonly chainId: number;
  /** An endpoint whose head is more blocks behind the best is not asked. */
  readonly maxBlocksBehind: number;
  /** Milliseconds for which a call waits where every endpoint asked for a pause. */
  readonly maxPauseMs: number;
};

/** Sends a call to the endpoint that is best for it, and to the next where that one fails. */
export type Router = {
  /** @throws {ChainError} `ENDPOINTS_FAILED`. */
  readonly ask: (method: string, params: unknown) => Promise<RpcAnswer>;
  /** Hands a signed transaction to every endpoint that is not down; the first that takes it answers. */
  readonly broadcast: (params: unknown) => Promise<RpcAnswer>;
  /** The endpoint that would be asked now. */
  readonly best: () => Endpoint;
  readonly stateOf: (endpoint: Endpoint) => EndpointState;
  /** Block number of the best endpoint's head. */
  readonly head: () => number | undefined;
};

/** A head that was read longer ago says little about where the chain is. */
const HEAD_COUNTS_MS = 60_000;
const DISCOURAGED_MS = 1_000;

export function createRouter(
  endpoints: readonly [Endpoint, ...Endpoint[]],
  { chainId, maxBlocksBehind, maxPauseMs }: RouterOptions,
  clock: () => number,
): Router {
  function stateOf(endpoint: Endpoint): EndpointState {
    const view = endpoint.view();
    if (isOther(view)) return "wrong-chain";
    if (clock() < view.pausedUntil) return "paused";
    if (view.failures > 0 || view.head === undefined) return "down";
    return view.head.number + maxBlocksBehind < (highest() ?? 0) ? "behind" : "up";
  }

  function isOther({ foundChainId }: EndpointView): boolean {
    return foundChainId !== undefined && foundChainId !== chainId;
  }

  function highest(): number | undefined {
    const heads = endpoints
      .map((it) => it.view())
      .filter((it) => !isOther(it) && clock() - it.seenAt < HEAD_COUNTS_MS)
      .flatMap(({ head }) => head?.number ?? []);
    return heads.length === 0 ? undefined : Math.max(...heads);
  }

  /** Those that are up, the quickest first; where none is, those that are down: they may be back before a probe says so. */
  function candidates(): readonly Endpoint[] {
    const inState = (state: EndpointState) => endpoints.filter((it) => stateOf(it) === state);
    const up = inState("up");
    // Within a factor of two the order of the URLs decides, so that calls do not flap between equals.
    const pace = (it: Endpoint): number => Math.round(Math.log2(it.view().latencyMs + 1));
    return up.length > 0 ? up.toSorted((a, b) => pace(a) - pace(b)) : inState("down");
  }

  /** Where every endpoint that could be asked wants a pause, waits for the shortest. */
  async function available(): Promise<readonly Endpoint[]> {
    const found = candidates();
    const pauses = endpoints
      .filter((it) => stateOf(it) === "paused")
      .map((it) => it.view().pausedUntil - clock());
    if (found.some((it) => stateOf(it) === "up") || pauses.length === 0) return found;
    const shortest = Math.min(...pauses);
    if (shortest > maxPauseMs) return found;
    await delay(Math.ceil(shortest) + 1); // a timer drops fractions, and may be early by one
    return candidates();
  }

  async function askOne(
    endpoint: Endpoint,
    method: string,
    params: unknown,
  ): Promise<{ readonly answer?: RpcAnswer; readonly failure?: EndpointFailure }> {
    const { name } = endpoint.view();
    try {
      const answer = await endpoint.ask(method, params);
      const kind = "error" in answer ? refusalKind(answer.error) : "answer";
      if (kind === "answer") return { answer };
      const reason = `refused it: ${"error" in answer ? answer.error.message : kind}`;
      if (kind === "busy") {
        endpoint.pause(DISCOURAGED_MS);
        return { failure: { endpoint: name, reason } };
      }
      return { answer, failure: { endpoint: name, reason } };
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      return { failure: { endpoint: name, reason: reasonOf(error) } };
    }
  }

  async function ask(method: string, params: unknown): Promise<RpcAnswer> {
    const failures: EndpointFailure[] = [];
    let refusal: RpcAnswer | undefined;
    for (const endpoint of await available()) {
      const { answer, failure } = await askOne(endpoint, method, params);
      if (answer !== undefined && failure === undefined) return answer;
      refusal ??= answer;
      if (failure !== undefined) failures.push(failure);
    }
    if (refusal !== undefined) return refusal; // all say alike: it is the chain's word after all
    throw unanswered(method, failures);
  }

  async function broadcast(params: unknown): Promise<RpcAnswer> {
    const method = "eth_sendRawTransaction";
    const takers = (await available()).concat(
      endpoints.filter((it) => stateOf(it) === "behind"), // it hands the transaction on all the same
    );
    const outcomes = takers.map((it) => askOne(it, method, params));
    const all = Promise.all(outcomes);
    return new Promise((resolve, reject) => {
      for (const outcome of outcomes) {
        outcome.then(({ answer }) => {
          if (answer !== undefined && "result" in answer) resolve(answer);
        }, reject);
      }
      all.then((every) => {
        const answers = every.flatMap(({ answer }) => answer ?? []);
        if (answers.some(isKnown)) resolve({ result: hashOf(params) });
        else if (answers[0] !== undefined) resolve(answers[0]);
        else
          reject(
            unanswered(
              method,
              every.flatMap(({ failure }) => failure ?? []),
            ),
          );
      }, reject);
    });
  }

  function unanswered(method: string, failures: readonly EndpointFailure[]): ChainError {
    const silent = endpoints
      .filter((it) => !failures.some(({ endpoint }) => endpoint === it.view().name))
      .map((it) => ({ endpoint: it.view().name, reason: `is ${stateOf(it)}` }));
    return new ChainError({ code: "ENDPOINTS_FAILED", method, failures: [...failures, ...silent] });
  }

  return {
    ask,
    broadcast,
    best: () => candidates()[0] ?? endpoints[0],
    stateOf,
    head: highest,
  };
}

function isKnown(answer: RpcAnswer): boolean {
  return (
    "error" in answer &&
    /already known|known transaction|already imported/i.test(answer.error.message)
  );
}

function hashOf(params: unknown): string {
  const [raw] = params as readonly [string];
  return keccak256(raw);
}

function reasonOf({ data, message }: ChainError): string {
  if (data.code === "ENDPOINT_BUSY") return `asks to wait ${data.retryAfterMs} ms`;
  return "reason" in data ? data.reason : message;
}
