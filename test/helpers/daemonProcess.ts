import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { HDNodeWallet, Mnemonic } from "ethers";
import type { Scenario } from "./creditScenario.ts";
import type { FaultyRpc, Upstream } from "./faultyRpc.ts";
import { startFaultyRpc } from "./faultyRpc.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const WORKER = join(ROOT, "offchain/worker/bin/vouch-worker.js");
/** Hardhat's own: its accounts have no other owner. */
const MNEMONIC = "test test test test test test test test test test test junk";
const OPERATOR = 1;

/** A worker in a process of its own. */
export type DaemonProcess = {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
  /** All that it has printed. */
  readonly text: () => string;
  /** Resolves with its status when it is gone, for whatever reason. */
  readonly ended: Promise<number | null>;
};

/** Where the workers of one operator of a scenario work: its chain by HTTP, a store and a key. */
export type DaemonSite = {
  readonly rpc: FaultyRpc;
  /** Folder of what its workers must not lose. */
  readonly home: string;
  /** Starts a worker with more settings; resolves once it serves. */
  readonly start: (settings?: Readonly<Record<string, string>>) => Promise<DaemonProcess>;
  /** Runs another command of `vouch-worker` to its end. */
  readonly command: (
    args: readonly string[],
    settings?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly code: number | null; readonly text: string }>;
  readonly close: () => Promise<void>;
};

/** Opens a site for the operator of a scenario; `home` is where its releases are, `ask` the node behind its endpoint. */
export async function openDaemonSite(
  { chain }: Pick<Scenario, "chain">,
  ask: Upstream = (method, params) =>
    chain.connection.provider.request({ method, params: [...params] }),
): Promise<DaemonSite> {
  const rpc = await startFaultyRpc(ask);
  const folder = mkdtempSync(join(tmpdir(), "vouch-daemon-"));
  const wallet = HDNodeWallet.fromMnemonic(
    Mnemonic.fromPhrase(MNEMONIC),
    `m/44'/60'/0'/0/${OPERATOR}`,
  );
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("key"), wallet.privateKey);
  writeFileSync(at("deployment.json"), JSON.stringify(chain.deployment));
  // Releases and circuits are the scenario's; what a worker must not lose begins anew.
  mkdirSync(at("home"));
  for (const shared of ["releases", "keys", "cache"] as const)
    symlinkSync(chain.home[shared], join(at("home"), shared));
  const children = new Set<ChildProcess>();

  function spawned(args: readonly string[], settings: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [WORKER, ...args], {
      env: {
        ...process.env,
        VOUCH_CHAIN_RPC: rpc.url,
        VOUCH_CHAIN_POLL_MS: "100",
        VOUCH_DEPLOYMENT: at("deployment.json"),
        VOUCH_HOME: at("home"),
        VOUCH_KEY_FILE: at("key"),
        VOUCH_OBSERVE_PORT: "0",
        ...settings,
      },
    });
    children.add(child);
    let text = "";
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    const ended = new Promise<number | null>((done) =>
      child.once("close", (code) => {
        children.delete(child);
        done(code);
      }),
    );
    return { child, ended, text: () => text };
  }

  return {
    rpc,
    home: at("home"),
    async start(settings = {}) {
      const { child, ended, text } = spawned(["run"], settings);
      await new Promise<void>((ready, failed) => {
        const look = (): void => {
          if (text().includes("serves")) ready();
        };
        child.stdout.on("data", look);
        void ended.then((code) => {
          failed(new Error(`ended with ${String(code)}: ${text()}`));
        });
      });
      return {
        pid: child.pid!, // it has started
        text,
        ended,
        kill(signal) {
          child.kill(signal);
          return ended;
        },
      };
    },
    async command(args, settings = {}) {
      const { ended, text } = spawned(args, settings);
      const code = await ended;
      return { code, text: text() };
    },
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await rpc.close();
    },
  };
}
