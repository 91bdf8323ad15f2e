// What calls take when the first of two endpoints falls silent, beside ethers' FallbackProvider. Prints JSON.
//
//   npm run bench:endpoints
import { availableParallelism, cpus } from "node:os";
import { openEndpoints } from "@vouch/chain";
import { FallbackProvider, FetchRequest, JsonRpcProvider, Network } from "ethers";
import { network } from "hardhat";
import type { FaultyRpc, Upstream } from "../test/helpers/faultyRpc.ts";
import { startFaultyRpc } from "../test/helpers/faultyRpc.ts";

const CALLS = 20;
const TIMEOUT_MS = 1_000;
const CHAIN_ID = 31337;
const ADDRESS = "0x0000000000000000000000000000000000000001";

const { provider: hardhat } = await network.create({ network: "default" });
const ask: Upstream = (method, params) => hardhat.request({ method, params: [...params] });

type Asked = { readonly call: () => Promise<unknown>; readonly close: () => void };

async function ours(urls: readonly string[]): Promise<Asked> {
  const provider = await openEndpoints(urls, { pollIntervalMs: 200, timeoutMs: TIMEOUT_MS });
  return {
    call: () => provider.getBalance(ADDRESS),
    close: () => {
      provider.destroy();
    },
  };
}

/** One answer is enough; the same time for an answer as ours has. */
function theirs(urls: readonly string[]): Asked {
  const staticNetwork = Network.from(CHAIN_ID);
  const providers = urls.map((url) => {
    const request = new FetchRequest(url);
    request.timeout = TIMEOUT_MS;
    return new JsonRpcProvider(request, staticNetwork, { staticNetwork, cacheTimeout: -1 });
  });
  const configs = providers.map((provider, priority) => ({
    provider,
    priority: priority + 1,
    weight: 1,
    stallTimeout: 400,
  }));
  const fallback = new FallbackProvider(configs, staticNetwork, { quorum: 1, cacheTimeout: -1 });
  return {
    call: () => fallback.getBalance(ADDRESS),
    close: () => {
      void fallback.destroy();
      for (const it of providers) it.destroy();
    },
  };
}

async function measure(
  name: string,
  open: (urls: readonly string[]) => Promise<Asked> | Asked,
): Promise<object> {
  const rpcs: readonly FaultyRpc[] = [await startFaultyRpc(ask), await startFaultyRpc(ask)];
  const asked = await open(rpcs.map(({ url }) => url));
  const before = await timed(asked);
  for (const rpc of rpcs.slice(0, 1)) rpc.faults.silent = true;
  const after = await timed(asked);
  asked.close();
  for (const rpc of rpcs) await rpc.close();
  return {
    name,
    sound: summary(before),
    silent: summary(after),
  };
}

type Took = { readonly ms: number; readonly error: string | undefined };

async function timed({ call }: Asked): Promise<readonly Took[]> {
  const took: Took[] = [];
  for (let index = 0; index < CALLS; index++) {
    const begun = performance.now();
    const error = await call().then(
      () => undefined,
      (it: unknown) => (it instanceof Error ? it.message : String(it)),
    );
    took.push({ ms: Math.round(performance.now() - begun), error });
  }
  return took;
}

function summary(took: readonly Took[]): object {
  const sorted = took.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return {
    firstMs: took[0]?.ms,
    medianMs: sorted[Math.floor(sorted.length / 2)],
    mostMs: sorted.at(-1),
    failed: took.filter(({ error }) => error !== undefined).length,
    error: took.find(({ error }) => error !== undefined)?.error,
  };
}

const rows = [
  await measure("openEndpoints", ours),
  await measure("ethers FallbackProvider, quorum 1, stallTimeout 400", theirs),
];
console.log(
  JSON.stringify(
    {
      command: "npm run bench:endpoints",
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      node: process.version,
      calls: CALLS,
      timeoutMs: TIMEOUT_MS,
      rows,
    },
    null,
    2,
  ),
);
process.exit(); // the silent endpoint still holds FallbackProvider's calls
