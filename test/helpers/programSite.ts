import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Hex } from "@vouch/protocol";
import { HDNodeWallet, Mnemonic } from "ethers";
import type { Scenario } from "./creditScenario.ts";
import type { FaultyRpc, Upstream } from "./faultyRpc.ts";
import { startFaultyRpc } from "./faultyRpc.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Hardhat's own: its accounts have no other owner. */
const MNEMONIC = "test test test test test test test test test test test junk";
const OPERATOR = 1;

export type Settings = Readonly<Record<string, string>>;

/** A program of this repository in a process of its own. */
export type ProgramProcess = {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
  /** All that it has printed. */
  readonly text: () => string;
  /** Resolves with its status when it is gone, for whatever reason. */
  readonly ended: Promise<number | null>;
};

/** Where the processes of one operator of a scenario work: its chain by HTTP, a key and a home. */
export type ProgramSite = {
  readonly rpc: FaultyRpc;
  readonly operator: Hex;
  /** Path of a file of the site's own. */
  readonly at: (name: string) => string;
  /** Makes a home with the scenario's releases and circuits; what an operator must not lose begins anew. */
  readonly makeHome: (name: string) => string;
  /** Starts the program with more settings; resolves once it has printed what `ready` finds, with that. */
  readonly start: (
    ready: RegExp,
    settings: Settings,
  ) => Promise<ProgramProcess & { readonly found: RegExpExecArray }>;
  /** Runs a command of the program to its end. */
  readonly command: (
    args: readonly string[],
    settings?: Settings,
  ) => Promise<{ readonly code: number | null; readonly text: string }>;
  readonly close: () => Promise<void>;
};

/** Opens a site for the operator of a scenario; `program` is below the repository, `ask` the node behind its endpoint. */
export async function openProgramSite(
  { chain }: Pick<Scenario, "chain">,
  program: string,
  ask: Upstream = (method, params) =>
    chain.connection.provider.request({ method, params: [...params] }),
): Promise<ProgramSite> {
  const rpc = await startFaultyRpc(ask);
  const folder = mkdtempSync(join(tmpdir(), "vouch-site-"));
  const at = (name: string): string => join(folder, name);
  const wallet = HDNodeWallet.fromMnemonic(
    Mnemonic.fromPhrase(MNEMONIC),
    `m/44'/60'/0'/0/${OPERATOR}`,
  );
  writeFileSync(at("key"), wallet.privateKey);
  writeFileSync(at("deployment.json"), JSON.stringify(chain.deployment));
  const children = new Set<ChildProcess>();

  function spawned(args: readonly string[], settings: Settings) {
    const child = spawn(process.execPath, [join(ROOT, program), ...args], {
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
    ...{ rpc, at, operator: wallet.address.toLowerCase() as Hex },
    makeHome(name) {
      mkdirSync(at(name), { recursive: true });
      for (const shared of ["releases", "keys", "cache"] as const)
        symlinkSync(chain.home[shared], join(at(name), shared));
      return at(name);
    },
    async start(ready, settings) {
      const { child, ended, text } = spawned(["run"], settings);
      const found = await new Promise<RegExpExecArray>((resolve, reject) => {
        child.stdout.on("data", () => {
          const match = ready.exec(text());
          if (match !== null) resolve(match);
        });
        void ended.then((code) => {
          reject(new Error(`ended with ${String(code)}: ${text()}`));
        });
      });
      return {
        ...{ pid: child.pid!, text, ended, found }, // it has printed: it runs
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
