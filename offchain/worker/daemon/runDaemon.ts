import type { Logger } from "pino";
import type { WorkerConfig } from "../config/workerConfig.ts";
import { freshFor } from "../observe/freshFor.ts";
import type { Observed } from "../observe/metrics.ts";
import { serveStatus } from "../observe/statusServer.ts";
import { startTracing } from "../observe/tracing.ts";
import type { StopSignals } from "../stopSignals.ts";
import { NEVER } from "../stopSignals.ts";
import { endsInTime } from "./endsInTime.ts";
import type { OpenedDaemon } from "./openDaemon.ts";

/** Blocks behind the head from which on a worker is not ready. */
const READY_LAG = 20;
/** An observation asks chain and store: whoever scrapes, or asks in a loop, is given the last one for so long. */
const OBSERVED_MS = 1_000;
/** For what a daemon was built on to be given back. */
const CLOSE_SECONDS = 2;

/**
 * Runs an open daemon until `stop` aborts, with its status pages and traces, and closes it. `onReady` is called once it works,
 * with the address of the pages where there are any. Returns whether all of it has ended: see `Daemon.start`.
 */
export async function runDaemon(
  { daemon, metrics, close }: OpenedDaemon,
  { host, port }: WorkerConfig["observe"],
  within: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly log: Logger;
    readonly signals: StopSignals;
  },
  onReady: (url: string | undefined) => void,
): Promise<boolean> {
  const { log, env, signals } = within;
  const observe = freshFor(OBSERVED_MS, daemon.observe);
  // What was opened sends already: whatever fails from here on, all of it is given back.
  const undo: (() => Promise<unknown>)[] = [close];
  async function closeAll(): Promise<void> {
    const step = undo.pop();
    if (step === undefined) return;
    try {
      await step();
    } finally {
      await closeAll();
    }
  }
  try {
    undo.push(await startTracing(env));
    const pages =
      port === 0
        ? undefined
        : await serveStatus({ host, port }, { metrics, observe, unready, log });
    if (pages !== undefined) undo.push(pages.close);
    const running = daemon.start(signals.stop, signals.hurry);
    onReady(pages?.url);
    const isEnded = await running;
    const closed = closeAll();
    const inTime = { seconds: CLOSE_SECONDS, stop: AbortSignal.abort(), hurry: NEVER };
    return (await endsInTime(closed, inTime)) && isEnded;
  } catch (error) {
    await closeAll();
    throw error;
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
