import type { Deployment, Hex, ReleaseId, RequestId, RequestParams } from "@vouch/protocol";
import { encodeRequestParams, parseReleaseId } from "@vouch/protocol";
import type { Ask, ConnectOptions, Progress, VouchClient } from "@vouch/sdk";
import { connect } from "@vouch/sdk";
import type { Eip1193Provider } from "ethers";
import { connection } from "./deployVouch.ts";
import { deploymentRecord } from "./deploymentRecord.ts";
import type { Scenario } from "./vouchScenario.ts";
import { deployScenario, GOOD, prove, sign } from "./vouchScenario.ts";

const { networkHelpers, ethers } = connection;

/** A deployment as an application comes upon it. */
export type Application = {
  readonly scenario: Scenario;
  readonly deployment: Deployment;
  readonly release: ReleaseId;
  /** As the scenario's requester, unless told otherwise; looks every 5 ms. */
  readonly open: (options?: Partial<ConnectOptions>) => Promise<VouchClient>;
};

/** What the scenario's release takes as [1, -2, 3, 256], and gives as `GOOD`. */
export const NUMBERS: readonly number[] = [1 / 256, -2 / 256, 3 / 256, 1];
export const ANSWER: number = -5 / 256;

export const ASK = { input: NUMBERS, policy: "zk:any+signature", fee: 10n ** 15n } as const;

export async function openApplication(): Promise<Application> {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  // Tests before this one moved the clock, which a fixture does not take back: the next block tells the time.
  await networkHelpers.mine();
  const first = await ethers.provider.getBlock(0);
  const deployment = await deploymentRecord(scenario, first?.hash ?? "");
  return {
    scenario,
    deployment,
    release: parseReleaseId(scenario.releaseId),
    open: (options = {}) =>
      connect({
        provider: scenario.requester,
        deployment,
        pollIntervalMs: 5,
        retry: { delayMs: 1 },
        ...options,
      }),
  };
}

/** Locks as the operator, and fulfils with a signature and a proof. */
export async function serveAnswer(
  { scenario }: Application,
  id: RequestId,
  params: RequestParams,
): Promise<void> {
  const { requests, operator, domain } = scenario;
  const terms = encodeRequestParams(params);
  const { release, input } = terms;
  const claim = { release, request: id, operator: operator.address, input, output: GOOD };
  const evidence = [await sign(operator, domain, claim), prove(domain, claim)];
  await requests.connect(operator).lock(id, terms);
  await requests.connect(operator).fulfil(id, terms, GOOD, evidence);
}

/** Asks with somebody there to answer; returns the result with what was reported meanwhile. */
export async function inferServed<const A extends Ask>(
  app: Application,
  vouch: VouchClient,
  ask: A,
): Promise<{
  readonly result: Awaited<ReturnType<typeof vouch.infer<A["release"]>>>;
  readonly progress: readonly Progress["status"][];
}> {
  const progress: Progress["status"][] = [];
  let serving: Promise<void> | undefined;
  const result = await vouch.infer<A["release"]>(ask as unknown as Ask<A["release"]>, {
    onProgress: (it) => {
      progress.push(it.status);
      if (it.status === "asked") serving = serveAnswer(app, it.id, it.params);
    },
  });
  await serving;
  return { result, progress };
}

/** What stands between an application and its endpoint; `before` and `after` may throw, `calls` are the methods asked for. */
export type Wire = {
  readonly provider: Eip1193Provider;
  readonly calls: string[];
  before: (method: string) => unknown;
  /** What goes through instead of these parameters. */
  rewrite: (method: string, params: unknown) => unknown;
  after: (method: string, result: unknown) => unknown;
};

/** The test chain's provider, on whose wire things can go wrong; `accounts` are those that the wallet shows. */
export function openWire(accounts?: readonly string[]): Wire {
  const calls: string[] = [];
  const wire: Wire = {
    calls,
    before: () => undefined,
    rewrite: (_, params) => params,
    after: (_, result) => result,
    provider: {
      request: async ({ method, params }) => {
        calls.push(method);
        await wire.before(method);
        const isAccounts = method === "eth_accounts" || method === "eth_requestAccounts";
        const result: unknown =
          isAccounts && accounts !== undefined
            ? accounts
            : await connection.provider.request({
                method,
                params: wire.rewrite(method, params ?? []) as unknown[],
              });
        return wire.after(method, result);
      },
    },
  };
  return wire;
}

/** As `fetch` of Node says that nobody answers. */
export function lostConnection(): Error {
  return Object.assign(new Error("fetch failed"), { code: "ECONNRESET" });
}

/** An address that nothing is known of. */
export const NOBODY: Hex = `0x${"77".repeat(20)}`;
