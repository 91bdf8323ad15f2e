import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Indexer } from "../../offchain/indexer/startIndexer.ts";
import { startIndexer } from "../../offchain/indexer/startIndexer.ts";
import { connection } from "./deployVouch.ts";
import { deploymentRecord } from "./deploymentRecord.ts";
import type { FaultyRpc } from "./faultyRpc.ts";
import { startFaultyRpc } from "./faultyRpc.ts";
import { freePort } from "./freePort.ts";
import type { Scenario } from "./vouchScenario.ts";
import { deployScenario } from "./vouchScenario.ts";

/** A deployment on the chain that contract tests share, and an indexer that reads it by HTTP. */
export type IndexedScenario = Scenario & {
  readonly rpc: FaultyRpc;
  /** Starts an indexer, or the next one over the same tables; resolves once it has caught up. */
  readonly start: (more?: Readonly<Record<string, string>>) => Promise<Indexer>;
  /** What the process printed. */
  readonly lines: readonly string[];
  readonly close: () => Promise<void>;
};

const POLL_MS = "100";

export async function openIndexedScenario(): Promise<IndexedScenario> {
  const scenario = await deployScenario();
  const rpc = await startFaultyRpc((method, params) =>
    connection.provider.request({ method, params: [...params] }),
  );
  const folder = mkdtempSync(join(tmpdir(), "vouch-indexer-"));
  const genesis = await connection.ethers.provider.getBlock(0);
  const record = await deploymentRecord(scenario, genesis?.hash ?? "");
  const scheduler = await scenario.scheduler.getAddress();
  writeFileSync(join(folder, "deployment.json"), JSON.stringify({ ...record, scheduler }));
  const lines: string[] = [];
  const stopped = new AbortController();
  const started: Indexer[] = [];
  return {
    ...scenario,
    ...{ rpc, lines },
    async start(more = {}) {
      const indexer = await startIndexer(
        {
          environment: {
            VOUCH_DEPLOYMENT: join(folder, "deployment.json"),
            VOUCH_RPC_URL: rpc.url,
            VOUCH_INDEXER_HOME: folder,
            VOUCH_INDEXER_POLL_MS: POLL_MS,
            ...more,
          },
          port: await freePort(),
          onLine: (line) => lines.push(line),
        },
        stopped.signal,
      );
      started.push(indexer);
      return indexer;
    },
    async close() {
      stopped.abort();
      for (const { ended } of started) await ended;
      await rpc.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Asks an indexer's GraphQL; fails with what it refuses by. */
export async function askIndexer(
  { url }: Pick<Indexer, "url">,
  query: string,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Record<string, unknown>;
    errors?: unknown;
  };
  if (data === undefined || errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
