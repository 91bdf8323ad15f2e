import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { BODY, CONNECTIONS } from "./question.ts";
import type { ServerProcess } from "./serverProcess.ts";

/** One round of load on one server. */
export type Load = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of the processor that the server's process took for a request, all its threads together. */
  readonly cpuMicroseconds: number;
  readonly failed: number;
};

type Report = {
  readonly requests: { readonly average: number; readonly total: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
};

const AUTOCANNON = createRequire(import.meta.url).resolve("autocannon");
const run = promisify(execFile);

/** Asks a server from a third process, as fast as it answers. */
export async function load(server: ServerProcess, seconds: number): Promise<Load> {
  const before = await server.usage();
  const { stdout } = await run(process.execPath, [
    ...[AUTOCANNON, "--json", "--no-progress", "--method", "POST"],
    ...["--connections", String(CONNECTIONS), "--duration", String(seconds)],
    ...["--headers", "content-type=application/json", "--body", BODY, server.url],
  ]);
  const after = await server.usage();
  const { requests, latency, non2xx, errors } = JSON.parse(stdout) as Report;
  return {
    perSecond: requests.average,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / requests.total,
    failed: non2xx + errors,
  };
}
