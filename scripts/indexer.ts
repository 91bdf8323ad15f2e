// Runs the indexer until Ctrl-C: `npm run indexer -- --help`.
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { IndexerError } from "../offchain/indexer/errors.ts";
import { readLag } from "../offchain/indexer/readLag.ts";
import { readSettings } from "../offchain/indexer/settings.ts";
import type { Indexer } from "../offchain/indexer/startIndexer.ts";
import { startIndexer } from "../offchain/indexer/startIndexer.ts";
import { progressLine } from "../offchain/hardhat/tasks/progressLine.ts";

const HELP = `Reads all events of a deployment into tables, and serves them by GraphQL.

  npm run indexer -- [--port 42069] [--log]

  --port  Port of 127.0.0.1; the next free one where it is taken.
  --log   Prints what Ponder logs, one JSON value a line.
  --help  Prints this.

  VOUCH_DEPLOYMENT       Record of the deployment, deployments/<chainId>.json. Required.
  VOUCH_RPC_URL          HTTP endpoint of the chain. Required.
  VOUCH_INDEXER_HOME     Folder of the embedded database; .vouch/indexer by default.
  DATABASE_URL           PostgreSQL instead of it: postgresql://user:password@host/database.
  VOUCH_SCHEDULER        What creates feeds, where the record does not say.
  VOUCH_INDEXER_POLL_MS  How often the chain is asked for its head; 1000 by default.
  VOUCH_RPC_RATE         Requests that the endpoint is asked in a second at first; 20 by default, 1000 of this machine's.
  VOUCH_RPC_LOG_RANGE    Blocks whose logs are asked for at once; found out by default, 10000 of this machine's.

Beside /graphql there are /status (last block), /health, /ready and /metrics.`;
const LAG_EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "42069" },
    log: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(HELP);
else await run();

async function run(): Promise<void> {
  const stopped = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stopped.abort();
    });
  const { onProgress, done } = progressLine(false);
  try {
    const { rpc } = readSettings(process.env);
    onProgress("start the database");
    const indexer = await startIndexer(
      {
        environment: process.env,
        port: Number(values.port),
        onLine: (line) => {
          if (values.log) console.log(line);
        },
        onProgress: (indexed, head) => {
          onProgress("read the chain", Math.max(indexed, 0) / Math.max(head, 1));
        },
      },
      stopped.signal,
    ).finally(done);
    console.log(`GraphQL at ${indexer.url}/graphql; Ctrl-C ends it.`);
    await Promise.race([indexer.ended, tellLag(indexer, rpc, stopped.signal)]);
    if (!stopped.signal.aborted) process.exitCode = 1;
    await indexer.stop();
  } catch (error) {
    if (stopped.signal.aborted) return;
    if (!(error instanceof IndexerError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Says how far the indexer is behind, whenever that changes to or from nothing. */
async function tellLag(indexer: Indexer, rpc: string, signal: AbortSignal): Promise<void> {
  let wasBehind = false;
  while (!signal.aborted) {
    const lag = await readLag(indexer.url, rpc, signal).catch(() => undefined);
    const behind = lag === undefined ? 0 : lag.head - lag.indexed;
    if (behind > 1) console.log(`${behind} blocks behind`);
    else if (wasBehind) console.log("caught up");
    wasBehind = behind > 1;
    await delay(LAG_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
