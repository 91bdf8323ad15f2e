// How fast the indexer reads a chain from its start, and how fast it answers the page afterwards: a synthetic chain of the real events (about
// ten a block, every 25th block; requests with all that comes of them) behind JSON-RPC in a process of its own, the real indexer over it.
// Seconds from the start of its process until the last event is in its tables, start-up included and apart, then every query of the page
// in milliseconds. On a machine that others use, the processor's seconds are what can be compared. Prints JSON.
//
//   npm run bench:indexer -- [--events 1000000] [--database pglite|postgres] [--repeats 20] [--profile <folder>]
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startIndexer } from "../offchain/indexer/startIndexer.ts";
import { postgresFolder, startPostgres } from "../test/helpers/postgres.ts";
import { DEPLOYMENT, SCHEDULER } from "./indexer/addresses.ts";
import { startChain } from "./indexer/chainProcess.ts";
import { costOf } from "./indexer/costOf.ts";
import { measureQuestions } from "./indexer/measureQuestions.ts";
import { machineOf } from "./proofs/machineOf.ts";

const PORT = 42_170;
const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    database: { type: "string", default: "pglite" },
    repeats: { type: "string", default: "20" },
    profile: { type: "string" },
  },
});
const command = `npm run bench:indexer -- --events ${values.events} --database ${values.database}`;
const folder = await mkdtemp(join(tmpdir(), "vouch-bench-indexer-"));
const ending = new AbortController();
const postgres = values.database === "postgres" ? await startedPostgres() : undefined;
const chain = await startChain(Number(values.events));
try {
  const deployment = join(folder, "deployment.json");
  await writeFile(deployment, JSON.stringify(DEPLOYMENT));
  const started = performance.now();
  let firstMs = 0;
  const indexer = await startIndexer(
    {
      environment: {
        VOUCH_DEPLOYMENT: deployment,
        VOUCH_RPC_URL: chain.rpc,
        VOUCH_SCHEDULER: SCHEDULER,
        VOUCH_INDEXER_HOME: join(folder, "database"),
        DATABASE_URL: postgres?.url,
        ...(values.profile === undefined
          ? {}
          : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${values.profile}` }),
      },
      port: PORT,
      onLine(line) {
        if (firstMs === 0 && line.includes("Started backfill indexing"))
          firstMs = performance.now() - started;
        if (/"level":[56]0/.test(line)) console.error(line);
      },
      onProgress(indexed, head) {
        if (process.stderr.isTTY) process.stderr.write(`\rblock ${indexed} of ${head}`);
      },
    },
    ending.signal,
  );
  const seconds = (performance.now() - started) / 1000;
  const cost = await costOf(indexer.pid);
  const total = Object.values(chain.events).reduce((sum, count) => sum + count, 0);
  const backfill = seconds - firstMs / 1000;
  const queries = await measureQuestions(
    indexer.url,
    await newest(indexer.url),
    Number(values.repeats),
  );
  const result = {
    command,
    machine: machineOf(),
    events: { total, ...chain.events },
    rpc: await chain.asked(),
    startSeconds: rounded(firstMs / 1000),
    backfillSeconds: rounded(backfill),
    eventsPerSecond: Math.round(total / backfill),
    ...(cost && {
      ...cost,
      eventsPerCpuSecond: Math.round(total / cost.cpuSeconds),
    }),
    queries,
  };
  console.log(JSON.stringify(result, undefined, 2));
  await indexer.stop();
} finally {
  ending.abort();
  chain.end();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
}

async function startedPostgres(): ReturnType<typeof startPostgres> {
  const bin = postgresFolder();
  if (bin === undefined) throw new Error("PostgreSQL is not installed: initdb is not on the path");
  return await startPostgres(bin);
}

/** The time of the last event: now, for the page that asks about the last days. */
async function newest(url: string): Promise<number> {
  const query = `{ network(id: "network") { lastEventAt } }`;
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as {
    readonly data: { readonly network: { readonly lastEventAt: number } | null };
  };
  return data.network?.lastEventAt ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
