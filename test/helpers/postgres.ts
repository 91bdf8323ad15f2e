import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";
import { freePort } from "./freePort.ts";

/** A PostgreSQL server of a test, its files in a folder that goes with it. */
export type PostgresServer = {
  readonly url: string;
  /** Ends every process of the server at once, as a crash of the machine does but for its disk. */
  readonly kill: () => Promise<void>;
  /** Starts it again over what is on its disk, with more arguments of `postgres`. */
  readonly start: (more?: readonly string[]) => Promise<void>;
  /** Whether it runs: one that panics ends itself where it cannot recover. */
  readonly isRunning: () => boolean;
  readonly stop: () => Promise<void>;
};

/** Debian's id of `nobody`: the server refuses to run as root. */
const NOBODY = 65_534;
const START_TIMEOUT_MS = 30_000;

/** Returns the folder of `initdb` and `postgres`; undefined where PostgreSQL is not installed. */
export function postgresFolder(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  return folders.find((it) => existsSync(join(it, "initdb")) && existsSync(join(it, "postgres")));
}

/** Starts a server on a free port of this machine, its files below `parent`; `bin` is what `postgresFolder` found. */
export async function startPostgres(bin: string, parent = tmpdir()): Promise<PostgresServer> {
  const folder = mkdtempSync(join(parent, "vouch-postgres-"));
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const options = { ...user, cwd: folder, stdio: "ignore" as const };
  const data = join(folder, "data");
  let server: ChildProcess | undefined;
  // A run that fails in the middle leaves neither a server nor its files.
  const leave = (): void => {
    if (server?.pid !== undefined && !hasEnded(server)) process.kill(-server.pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", leave);
  execFileSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "vouch", "-A", "trust", "--no-locale", "-E", "UTF8", "--no-sync"],
    options,
  );
  const port = await freePort();
  const url = `postgres://vouch@127.0.0.1:${String(port)}/postgres`;

  async function start(more: readonly string[] = []): Promise<void> {
    const settings = [
      "-h",
      "127.0.0.1",
      "-p",
      String(port),
      "-k",
      folder,
      "-c",
      "max_connections=120",
    ];
    // A group of its own, so that all its processes can be ended at once.
    server = spawn(join(bin, "postgres"), ["-D", data, ...settings, ...more], {
      ...options,
      detached: true,
    });
    await untilAnswers(url);
  }

  async function end(signal: NodeJS.Signals, group: boolean): Promise<void> {
    const child = server;
    if (child?.pid === undefined) return;
    server = undefined;
    if (hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    process.kill(group ? -child.pid : child.pid, signal);
    await ended;
  }

  await start();
  return {
    url,
    start,
    kill: () => end("SIGKILL", true),
    isRunning: () => server !== undefined && !hasEnded(server),
    async stop() {
      await end("SIGINT", false);
      process.off("exit", leave);
      leave();
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
