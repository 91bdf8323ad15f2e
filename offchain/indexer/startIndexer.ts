import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { IndexerError } from "./errors.ts";
import { prepareDatabase } from "./prepareDatabase.ts";
import { readLag } from "./readLag.ts";
import { schemaName } from "./schemaName.ts";
import type { Settings } from "./settings.ts";
import { DEFAULT_HOME, readSettings } from "./settings.ts";

export type IndexerOptions = {
  /** Variables of `settings.ts`; `process.env` of the child is these and nothing else but `PATH`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Port of 127.0.0.1 that is asked for; where it is taken, Ponder takes the next. */
  readonly port: number;
  /** Takes each line that the process prints: one JSON value a line. */
  readonly onLine?: (line: string) => void;
  /** Takes the block that is indexed and the chain's head, while it catches up. */
  readonly onProgress?: (indexed: number, head: number) => void;
};

/** An indexer in a process of its own. */
export type Indexer = {
  /** Where its /graphql, /status, /health, /ready and /metrics are. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone, with its status. */
  readonly ended: Promise<number | null>;
  /** Ends it and waits; its tables stay, and the next one goes on from them. */
  readonly stop: () => Promise<void>;
};

const POLL_MS = 500;
/** Ponder takes 5 seconds at most to end by itself. */
const STOP_TIMEOUT_MS = 8000;
const KEPT_LINES = 8;

/**
 * Starts the indexer, and resolves once all is indexed that the chain had when it was asked: Ponder's own /ready is true while recent
 * blocks are still missing. The signal stops it, before and after.
 *
 * @throws {IndexerError} `SETTINGS_INVALID`, or `INDEXER_ENDED` with the last lines it printed.
 */
export async function startIndexer(options: IndexerOptions, signal: AbortSignal): Promise<Indexer> {
  signal.throwIfAborted();
  const settings = readSettings(options.environment);
  if (settings.database === undefined) await prepareDatabase(settings.home);
  signal.throwIfAborted();
  const child = spawnPonder(options, settings);
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const lines: string[] = [];
  const url = readUrl(child, (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    options.onLine?.(line);
  });
  const stop = (): Promise<void> => end(child, ended);
  signal.addEventListener("abort", () => void stop(), { once: true });
  const died = ended.then((status) => {
    signal.throwIfAborted();
    throw new IndexerError({ code: "INDEXER_ENDED", status, lastLines: lines.join("\n") });
  });
  died.catch(() => undefined); // it ends some day, when nobody waits for it any more
  try {
    const at = await Promise.race([url, died]);
    await Promise.race([untilCaughtUp(at, settings.rpc, options, signal), died]);
    return { url: at, pid: child.pid ?? 0, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawnPonder({ environment, port }: IndexerOptions, settings: Settings): ChildProcess {
  const ponder = fileURLToPath(new URL("bin/ponder.js", import.meta.resolve("ponder")));
  const flags = ["--root", import.meta.dirname, "--log-format", "json"];
  const args = [...flags, "start", "--schema", schemaName(settings), "--port", String(port)];
  // Ponder writes the GraphQL schema below the working directory, which is therefore none of anybody's.
  mkdirSync(settings.home, { recursive: true });
  const { VOUCH_DEPLOYMENT: record = "", VOUCH_INDEXER_HOME: home } = environment;
  // What a back-fill makes lives for a moment: more of it dies before it is moved.
  const young = "--max-semi-space-size=128";
  return spawn(process.execPath, [young, ponder, ...args, "--hostname", "127.0.0.1"], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: settings.home,
    env: {
      ...{ PATH: process.env["PATH"], HOME: process.env["HOME"] },
      ...environment,
      VOUCH_DEPLOYMENT: resolve(record),
      VOUCH_INDEXER_HOME: resolve(home ?? DEFAULT_HOME),
      PONDER_TELEMETRY_DISABLED: "true",
    },
  });
}

/** Hands every line on, and resolves with where the process listens once it says so. */
function readUrl(child: ChildProcess, onLine: (line: string) => void): Promise<string> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        onLine(line);
        const port = /"msg":"Created HTTP server","port":(\d+)/.exec(line)?.[1];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      });
    }
  });
}

async function untilCaughtUp(
  url: string,
  rpc: string,
  { onProgress }: IndexerOptions,
  signal: AbortSignal,
): Promise<void> {
  let goal: number | undefined;
  for (;;) {
    // An endpoint that fails once, or an indexer that drops connections while it is busy, is asked again.
    const lag = await readLag(url, rpc, signal).catch((error: unknown) => {
      if (error instanceof IndexerError || signal.aborted) throw error;
      return undefined;
    });
    if (lag !== undefined) {
      goal ??= lag.head;
      onProgress?.(lag.indexed, lag.head);
      if (lag.indexed >= goal) return;
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
