import type { Logger } from "pino";
import type { WorkerConfig } from "../config/workerConfig.ts";
import type { Observed } from "../observe/metrics.ts";
import { serveStatus } from "../observe/statusServer.ts";
import { startTracing } from "../observe/tracing.ts";
import type { OpenedDaemon } from "./openDaemon.ts";

/** Blocks behind the head from which on a worker is not ready. */
const READY_LAG = 20;

/**
 * Runs an open daemon until `signal` aborts, with its status pages and traces, and closes it. `onReady` is called once it works,
 * with the address of the pages where there are any.
 */
export async function runDaemon(
  { daemon, metrics, close }: OpenedDaemon,
  { host, port }: WorkerConfig["observe"],
  within: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly log: Logger;
    readonly signal: AbortSignal;
  },
  onReady: (url: string | undefined) => void,
): Promise<void> {
  const { log, env, signal } = within;
  const stopTracing = await startTracing(env);
  const { observe } = daemon;
  const pages =
    port === 0 ? undefined : await serveStatus({ host, port }, { metrics, observe, unready, log });
  try {
    const running = daemon.start(signal);
    onReady(pages?.url);
    await running;
  } finally {
    await pages?.close();
    await stopTracing();
    await close();
  }
}

function unready(facts: Observed): string | undefined {
  const { mayLock, locksNothing = "no reason is given", head, nextBlock, endpoints } = facts;
  if (!endpoints.some(({ isHealthy }) => isHealthy)) return "no endpoint answers";
  if (!mayLock) return `it takes no new locks: ${locksNothing}`;
  return head - nextBlock + 1 > READY_LAG
    ? `${head - nextBlock + 1} blocks are not read yet`
    : undefined;
}
