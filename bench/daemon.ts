// Requests that vouch-worker locks, runs, signs and settles a minute on a local chain: one process on its embedded database beside two
// that share a PostgreSQL, in one run. `REQUESTS=400 npm run bench:daemon`.
import { setTimeout as delay } from "node:timers/promises";
import type { RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { askRow, openCreditScenario } from "../test/helpers/creditScenario.ts";
import type { DaemonProcess } from "../test/helpers/daemonProcess.ts";
import { openDaemonSite } from "../test/helpers/daemonProcess.ts";
import { postgresFolder, startPostgres } from "../test/helpers/postgres.ts";

type Measured = {
  readonly database: string;
  readonly processes: number;
  readonly requests: number;
  readonly seconds: number;
  readonly perMinute: number;
  /** Requests without an answer, and those with more than one. */
  readonly lost: number;
  readonly double: number;
};

const COUNT = Number(process.env["REQUESTS"] ?? 200);
const POLICY = allOf([requireSignature()]);

const scenario = await openCreditScenario();
const { requests } = scenario.chain.contracts;

async function answersOf(ids: readonly RequestId[]): Promise<number[]> {
  const all = await requests.queryFilter(requests.filters.InferenceFulfilled());
  return ids.map((id) => all.filter(({ args }) => args.id === id).length);
}

/** Asks first, so that the workers find everything at once, and counts from the first block that they could read. */
async function measure(
  database: string,
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
      ...{ database, processes, requests: COUNT, seconds: Number(seconds.toFixed(1)) },
      perMinute: Math.round((COUNT / seconds) * 60),
      lost: answers.filter((count) => count === 0).length,
      double: answers.filter((count) => count > 1).length,
    };
  } finally {
    for (const worker of started) await worker.kill("SIGTERM");
    await site.close();
  }
}

const results: Measured[] = [await measure("pglite", 1, {})];
const bin = postgresFolder();
if (bin === undefined) console.error("PostgreSQL is not installed: two processes were NOT TRIED.");
else {
  const server = await startPostgres(bin);
  try {
    results.push(await measure("postgres", 2, { VOUCH_DATABASE_URL: server.url }));
  } finally {
    await server.stop();
  }
}
console.log(JSON.stringify({ bench: "daemon", results }, null, 2));
