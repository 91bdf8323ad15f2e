import type { ReleaseId } from "@vouch/protocol";
import { connectContracts, parseAddress, parseDeployment, parseReleaseId } from "@vouch/protocol";
import type { Provider, Signer } from "ethers";
import { chooseDeployment, requireDeployed } from "../client/requireDeployment.ts";
import { SdkError } from "../errors.ts";
import type { GatewayOptions } from "./gatewayOptions.ts";
import { createHttpClient } from "./httpClient.ts";
import type { GatewaySession } from "./session.ts";

const TIMEOUT_MS = 120_000;
const ATTEMPTS = 3;
const MAX_RESPONSE_BYTES = 1 << 24;
/** A platform's timers take 31 bits, and fire at once for more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Reads the options of `openGateway`, and looks for the deployment where there is a chain; it throws as that says. */
export async function openSession(options: GatewayOptions): Promise<GatewaySession> {
  const { attempts = ATTEMPTS, provider, operators, releases = {}, fetch: send = fetch } = options;
  const reader = provider === undefined ? null : readerOf(provider);
  const deployment =
    reader === null
      ? parseDeployment(options.deployment)
      : chooseDeployment(options.deployment, (await reader.getNetwork()).chainId);
  const contracts = reader === null ? null : connectContracts(deployment, reader);
  if (contracts !== null && reader !== null) await requireDeployed(deployment, contracts, reader);
  const { timeoutMs = TIMEOUT_MS, maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  requireWithin("attempts", attempts, Number.MAX_SAFE_INTEGER);
  requireWithin("timeoutMs", timeoutMs, MAX_TIMEOUT_MS);
  requireWithin("maxResponseBytes", maxResponseBytes, Number.MAX_SAFE_INTEGER);
  return {
    domain: { chainId: BigInt(deployment.chainId), router: deployment.evidenceRouter },
    ...{ deployment, attempts, contracts, pay: options.pay },
    http: createHttpClient({
      base: baseOf(options.url),
      // Some platforms' takes no other `this` than its own.
      fetch: (input, init) => send(input, init),
      timeoutMs,
      maxResponseBytes,
    }),
    operators: operators?.map((it) => parseAddress(it)),
    releases: new Map(
      Object.entries(releases).map(([name, id]): [string, ReleaseId] => [name, parseReleaseId(id)]),
    ),
    known: new Map(),
  };
}

function readerOf(provider: Provider | Signer): Provider {
  const reader = provider.provider;
  if (reader === null) throw invalid("provider", "it is a signer without a provider");
  return reader;
}

/** Its paths are below `/v1`, whatever stands before that. */
function baseOf(url: string): URL {
  if (!URL.canParse(url)) throw invalid("url", `"${url}" is none`);
  const base = new URL(url);
  if (!/^https?:$/.test(base.protocol)) throw invalid("url", `"${url}" is not of HTTP`);
  if (base.username !== "" || base.password !== "")
    throw invalid("url", "it holds a password: no platform asks by it");
  if (base.search !== "" || base.hash !== "") throw invalid("url", `"${url}" has a query`);
  base.pathname = `${base.pathname.replace(/\/+$/, "").replace(/\/v1$/, "")}/`;
  return base;
}

function requireWithin(option: string, value: number, limit: number): void {
  if (!Number.isInteger(value) || value < 1 || value > limit)
    throw invalid(option, `it is ${value}, and has to be an integer from 1 to ${limit}`);
}

function invalid(option: string, reason: string): SdkError {
  return new SdkError({ code: "GATEWAY_INVALID", option, reason });
}
