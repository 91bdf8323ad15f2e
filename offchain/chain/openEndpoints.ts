import { z } from "zod";
import type { Endpoint } from "./endpoint.ts";
import { createEndpoint } from "./endpoint.ts";
import { EndpointsProvider } from "./endpointsProvider.ts";
import { parseEndpointUrl } from "./endpointUrl.ts";
import { ChainError } from "./errors.ts";
import { parseOptions } from "./parseOptions.ts";
import { createRouter } from "./router.ts";

const optionsSchema = z.object({
  /** The chain that every endpoint must serve; absent, the one that the first to answer serves. */
  chainId: z.number().int().positive().optional(),
  /** Milliseconds between looks at an endpoint's head; a WebSocket tells of heads between them. */
  pollIntervalMs: z.number().int().positive().default(2_000),
  /** Milliseconds that one call to one endpoint may take. */
  timeoutMs: z.number().int().positive().default(10_000),
  /** Bytes of one answer. */
  maxBytes: z
    .number()
    .int()
    .positive()
    .default(64 * 1024 * 1024),
  /** An endpoint whose head is more blocks behind the best is not asked. */
  maxBlocksBehind: z.number().int().nonnegative().default(3),
});

/** How endpoints are used; see the schema for units and defaults. */
export type EndpointsOptions = z.input<typeof optionsSchema>;

/** What endpoints work with. */
export type EndpointsDeps = {
  /** Milliseconds that only grow. */
  readonly clock: () => number;
};

/**
 * Opens a provider of ethers over one or more http, https, ws or wss endpoints of one chain. A call goes to the quickest
 * endpoint that is neither down nor behind, and on to the next where there is no answer, never where the chain's answer is a
 * revert; a signed transaction goes to all of them. `destroy` ends it.
 *
 * @throws {ChainError} `OPTIONS_INVALID`; `CHAIN_ID_WRONG` where an endpoint serves another chain; `ENDPOINTS_FAILED` where none
 * answers. Those that are down are taken up when they come back; one that then serves another chain is never asked.
 */
export async function openEndpoints(
  urls: readonly string[],
  endpointsOptions: EndpointsOptions = {},
  { clock }: EndpointsDeps = { clock: () => performance.now() },
): Promise<EndpointsProvider> {
  const options = parseOptions(optionsSchema, endpointsOptions);
  const listeners = new Set<() => void>();
  const onHead = (): void => {
    for (const listener of listeners) listener();
  };
  const places = urls.map(parseEndpointUrl);
  const [first, ...others] = places.map((it) => createEndpoint(it, options, { clock, onHead }));
  if (first === undefined)
    throw new ChainError({ code: "OPTIONS_INVALID", reason: "there is no endpoint" });
  const endpoints = [first, ...others] as const;
  try {
    await Promise.all(endpoints.map((it) => it.probe()));
    const chainId = requireOneChain(endpoints, options.chainId);
    const router = createRouter(
      endpoints,
      { ...options, chainId, maxPauseMs: options.timeoutMs },
      clock,
    );
    for (const it of endpoints) it.watch();
    return new EndpointsProvider(chainId, endpoints, router, listeners);
  } catch (error) {
    for (const it of endpoints) it.close();
    throw error;
  }
}

function requireOneChain(endpoints: readonly Endpoint[], wanted: number | undefined): number {
  const views = endpoints.map((it) => it.view());
  const expected = wanted ?? views.find((it) => it.foundChainId !== undefined)?.foundChainId;
  for (const { name, foundChainId: found } of views) {
    if (expected !== undefined && found !== undefined && found !== expected)
      throw new ChainError({ code: "CHAIN_ID_WRONG", endpoint: name, expected, found });
  }
  if (expected === undefined || views.every((it) => it.head === undefined)) {
    const failures = views.map(({ name, failure }) => ({
      endpoint: name,
      reason: failure ?? "asks to wait",
    }));
    throw new ChainError({ code: "ENDPOINTS_FAILED", method: "eth_chainId", failures });
  }
  return expected;
}
