import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { askHttp } from "../anvil.ts";
import type { Upstream } from "../faultyRpc.ts";
import { freePort } from "../freePort.ts";

/** A process of anvil that can be killed and comes back with the chain as it last wrote it. */
export type AnvilProcess = {
  readonly url: string;
  readonly ask: Upstream;
  readonly isUp: () => boolean;
  /** Block at which this process began: it has the state of no earlier one. */
  readonly startedAt: () => number;
  /** Makes blocks by the clock, and writes the chain down as often. */
  readonly startClock: () => Promise<void>;
  /** Kills it and starts it again after so many milliseconds: blocks since the last writing, and its pool, are lost. */
  readonly crash: (downMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

const CHAIN_ID = "31337";
const FLUSH_MS = 1_000;

/**
 * Starts anvil with a block for each transaction. anvil's own `--state` is not written whole or not at all, so its chain is kept by
 * `anvil_dumpState`: who is killed while it writes has what it wrote before, as a node with a journal has.
 */
export async function startAnvilProcess(path: string, blockSeconds: number): Promise<AnvilProcess> {
  const folder = mkdtempSync(join(tmpdir(), "vouch-soak-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const ask: Upstream = (method, params) => askHttp(url, method, params);
  let child: ChildProcess | undefined;
  let kept: string | undefined;
  let startedAt = 0;
  const clock = new AbortController();
  let flushing: Promise<void> | undefined;
  const leave = (): void => {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", leave);

  async function start(more: readonly string[]): Promise<void> {
    const started = spawn(path, ["--port", String(port), "--chain-id", CHAIN_ID, ...more], {
      stdio: "ignore",
    });
    const ended = once(started, "exit").then(([code]) => {
      throw new Error(`anvil ended with ${String(code)} before it listened`);
    });
    startedAt = await Promise.race([untilAnswers(ask), ended]);
    ended.catch(() => undefined); // it is to be killed
    child = started;
  }

  async function flush(): Promise<void> {
    while (!clock.signal.aborted) {
      const before = child;
      if (before !== undefined)
        kept = await ask("anvil_dumpState", []).then(
          (state) => state as string,
          (error: unknown) => {
            if (child === before) throw error;
            return kept; // it was killed meanwhile
          },
        );
      await delay(FLUSH_MS);
    }
  }

  async function kill(): Promise<void> {
    const killed = child;
    if (killed === undefined) return;
    child = undefined;
    const ended = once(killed, "exit");
    killed.kill("SIGKILL");
    await ended;
  }

  await start([]);
  return {
    url,
    ask,
    isUp: () => child !== undefined,
    startedAt: () => startedAt,
    async startClock() {
      await ask("evm_setIntervalMining", [blockSeconds]);
      flushing = flush();
    },
    async crash(downMs) {
      await kill();
      await delay(downMs);
      if (kept === undefined) throw new Error("the chain was not written down yet");
      const file = join(folder, "state.json");
      writeFileSync(file, gunzipSync(Buffer.from(kept.slice(2), "hex")));
      await start(["--load-state", file, "--block-time", String(blockSeconds)]);
    },
    async close() {
      clock.abort();
      await flushing;
      await kill();
      process.off("exit", leave);
      leave();
    },
  };
}

/** Returns the block that it is at. */
async function untilAnswers(ask: Upstream): Promise<number> {
  for (;;) {
    try {
      return Number(await ask("eth_blockNumber", []));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // of fetch: nobody listens yet
      await delay(50);
    }
  }
}
