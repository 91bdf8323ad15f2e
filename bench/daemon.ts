// Requests that vouch-worker locks, runs, signs and settles a minute on a local chain, and what settling takes: one process on its embedded
// database, which settles singly, as they come, and as they gather, beside two that share a PostgreSQL, in one run.
// `REQUESTS=400 npm run bench:daemon`.
import { setTimeout as delay } from "node:timers/promises";
import type { RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { askRow, openCreditScenario } from "../test/helpers/creditScenario.ts";
import type { DaemonProcess } from "../test/helpers/daemonProcess.ts";
import { openDaemonSite } from "../test/helpers/daemonProcess.ts";
import { postgresFolder, startPostgres } from "../test/helpers/postgres.ts";

type Measured = {
  readonly database: string;
  readonly settles: string;
  readonly processes: number;
  readonly requests: number;
  readonly seconds: number;
  readonly perMinute: number;
  /** Requests without an answer, and those with more than one. */
  readonly lost: number;
  readonly double: number;
  /** Transactions that settled them, and their gas, by request. */
  readonly transactions: number;
  readonly gasEach: number;
};

const COUNT = Number(process.env["REQUESTS"] ?? 200);
const POLICY = allOf([requireSignature()]);

const scenario = await openCreditScenario();
const { requests } = scenario.chain.contracts;

async function answersOf(ids: readonly RequestId[]): Promise<number[]> {
  const all = await requests.queryFilter(requests.filters.InferenceFulfilled());
  return ids.map((id) => all.filter(({ args }) => args.id === id).length);
}

async function costOf(
  ids: readonly RequestId[],
): Promise<Pick<Measured, "transactions" | "gasEach">> {
  const asked = new Set<string>(ids);
  const all = await requests.queryFilter(requests.filters.InferenceFulfilled());
  const own = all.filter(({ args }) => asked.has(args.id));
  const hashes = [...new Set(own.map(({ transactionHash }) => transactionHash))];
  const { provider } = scenario.chain.connection.ethers;
  const receipts = await Promise.all(hashes.map((hash) => provider.getTransactionReceipt(hash)));
  const gas = receipts.reduce((sum, it) => sum + (it?.gasUsed ?? 0n), 0n);
  return { transactions: hashes.length, gasEach: Math.round(Number(gas) / own.length) };
}

/** Asks first, so that the workers find everything at once, and counts from the first block that they could read. */
async function measure(
  database: string,
  settles: string,
  processes: number,
  settings: Readonly<Record<string, string>>,
): Promise<Measured> {
  const site = await openDaemonSite(scenario);
  const started: DaemonProcess[] = [];
  try {
    for (let i = 0; i < processes; i++)
      started.push(
        await site.start({
          VOUCH_WORK_INFER: "16",
          ...settings,
        }),
      );
    const ids: RequestId[] = [];
    const start = performance.now();
    for (let i = 0; i < COUNT; i++)
      ids.push((await askRow(scenario, i % 20, { policy: POLICY })).id);
    const asked = performance.now();
    while ((await answersOf(ids)).some((count) => count === 0)) {
      if (performance.now() - start > 300_000) break;
      await delay(100);
    }
    const seconds = (performance.now() - start) / 1_000;
    console.error(`${database}: asked in ${((asked - start) / 1_000).toFixed(1)} s`);
    const answers = await answersOf(ids);
    return {
      ...{ database, settles, processes, requests: COUNT, seconds: Number(seconds.toFixed(1)) },
      perMinute: Math.round((COUNT / seconds) * 60),
      lost: answers.filter((count) => count === 0).length,
      double: answers.filter((count) => count > 1).length,
      ...(await costOf(ids)),
    };
  } finally {
    for (const worker of started) await worker.kill("SIGTERM");
    await site.close();
  }
}

const results: Measured[] = [
  await measure("pglite", "singly", 1, { VOUCH_SETTLE_BATCH: "1" }),
  await measure("pglite", "as they come", 1, {}),
  await measure("pglite", "gathered for 2 s", 1, { VOUCH_SETTLE_GATHER_SECONDS: "2" }),
];
const bin = postgresFolder();
if (bin === undefined) console.error("PostgreSQL is not installed: two processes were NOT TRIED.");
else {
  const server = await startPostgres(bin);
  try {
    results.push(await measure("postgres", "as they come", 2, { VOUCH_DATABASE_URL: server.url }));
  } finally {
    await server.stop();
  }
}
console.log(JSON.stringify({ bench: "daemon", results }, null, 2));
