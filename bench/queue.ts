// Requests a minute through the four queues, every third proven: each step takes its item, writes to a table, and commits that
// with taking the item off and adding the next step; an answer, a sign-log entry and a nonce a request beside. One process on
// PGlite, and one, two and three on a PostgreSQL server of this machine, where one is installed. Prints JSON.
//
//   npm run bench:queue
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import type { Store, StoreOptions } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import type { PipelineLife } from "../test/helpers/pipelineProcess.ts";
import { fillPipeline, PIPELINE_QUEUES } from "../test/helpers/pipelineProcess.ts";
import { postgresFolder, startPostgres } from "../test/helpers/postgres.ts";
import { SILENT } from "../test/helpers/stores.ts";

const REQUESTS = 1_000;
const PROGRAM = new URL("../test/helpers/pipelineProcess.ts", import.meta.url).pathname;

type BenchRow = {
  readonly database: string;
  readonly processes: number;
  readonly seconds: number;
  readonly "requests a minute": number;
  readonly "load average": number;
};

const rows: BenchRow[] = [];
const folder = await mkdtemp(join(tmpdir(), "vouch-bench-"));
rows.push(await measure("PGlite", { folder }, 1));
await rm(folder, { recursive: true });

const bin = postgresFolder();
if (bin === undefined) console.error("NOT TRIED on PostgreSQL: no initdb and postgres here.");
else {
  const server = await startPostgres(bin);
  try {
    for (const processes of [1, 2, 3])
      rows.push(await measure("PostgreSQL", { url: server.url }, processes));
  } finally {
    await server.stop();
  }
}
const cores = availableParallelism();
console.log(
  JSON.stringify({ command: "npm run bench:queue", requests: REQUESTS, cores, rows }, undefined, 2),
);

async function measure(
  database: string,
  where: Pick<StoreOptions, "url" | "folder">,
  processes: number,
): Promise<BenchRow> {
  const options = { ...where, queues: PIPELINE_QUEUES };
  const open = (): Promise<Store> => openStore(options, { log: SILENT });
  const before = await open();
  await fillPipeline(before, REQUESTS);
  await before.close(); // PGlite is one process's
  const life: PipelineLife = { options, total: REQUESTS, dieAt: 0 };
  await Promise.all(Array.from({ length: processes }, () => run(life)));
  const after = await open();
  const [row] = await after.sql.query(
    "SELECT extract(epoch FROM max(at) - min(at))::float AS seconds FROM effects",
  );
  await after.close();
  const seconds = Number(row?.["seconds"]);
  return {
    ...{ database, processes, seconds },
    "requests a minute": Math.round((REQUESTS * 60) / seconds),
    "load average": loadavg()[0] ?? NaN,
  };
}

async function run(life: PipelineLife): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(life)], { stdio: "inherit" });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`a process of the pipeline ended with ${String(code)}`);
}
