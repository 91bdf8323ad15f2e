import type { Wallet } from "ethers";
import type { Hex, ReleaseId } from "@vouch/protocol";
import { proverLine } from "@vouch/prover";
import type { Enclave, WorkerConfig } from "@vouch/worker";
import {
  NEVER,
  openDaemon,
  openKey,
  readWorkerConfig,
  runDaemon,
  stopSignals,
} from "@vouch/worker";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { pino } from "pino";
import { accountKey } from "./accountKey.ts";
import type { Chain } from "./openChain.ts";
import { deploymentPath, homeFolder } from "./openChain.ts";
import type { TaskEnclaveOptions } from "./openTaskEnclave.ts";
import { openEnclaveAt } from "./openTaskEnclave.ts";
import { nothingPublished } from "./openWorker.ts";
import { untilIdle } from "./untilIdle.ts";

/** What a task says of its daemon; the rest is in variables, or in the file that `settings` names. */
export type TaskSettings = {
  readonly settings: string;
  readonly keyFile: string;
  /** Wei. */
  readonly minFee: string;
  readonly json: boolean;
};

/**
 * Returns the settings of a daemon on the network of a task, whose endpoint, home and contracts are the task's own; `VOUCH_CHAIN_RPC`
 * names several endpoints.
 *
 * @throws {WorkerError} `CONFIG_INVALID`.
 */
export async function daemonConfig(
  { connection, deployment }: Chain,
  hre: HardhatRuntimeEnvironment,
  { settings, keyFile, minFee, json }: TaskSettings,
): Promise<WorkerConfig> {
  const { networkConfig } = connection;
  const url = networkConfig.type === "http" ? await networkConfig.url.getUrl() : "";
  const flags = [
    ["--config", settings],
    ["--home", homeFolder(hre)],
    ["--deployment", deploymentPath(hre, deployment.chainId)],
    ["--key-file", keyFile],
    ["--accept-min-fee", minFee],
    ["--observe-log", json ? "silent" : ""],
  ].flatMap(([flag = "", value = ""]) => (value === "" ? [] : [flag, value]));
  return readWorkerConfig({ args: flags, env: { VOUCH_CHAIN_RPC: url, ...process.env } }).config;
}

/**
 * Returns the operator's key: of the key file where there is one, else of the network's account. Undefined where only the node has it.
 *
 * @throws {WorkerError} `KEY_UNREADABLE`.
 */
export function operatorKey(
  { key }: Pick<WorkerConfig, "key">,
  address: string,
  { connection }: Chain,
  hre: HardhatRuntimeEnvironment,
): Promise<Wallet | undefined> {
  if (key.file !== "") return openKey(key, process.env);
  return accountKey(address, connection, hre);
}

/** What became of a daemon that was to serve what is open. */
export type ServedOnce = {
  readonly releases: readonly ReleaseId[];
  readonly enclave: Enclave | undefined;
  /** Requests that could not be served yet. */
  readonly open: number;
};

/**
 * Runs the operator's daemon until it is told to stop; with `once`, until it has served what is open.
 *
 * @throws {TaskError} `NOTHING_PUBLISHED`; what `openDaemon` throws.
 */
export async function runTaskDaemon(
  config: WorkerConfig,
  signer: Wallet,
  options: {
    readonly once: boolean;
    readonly enclave: Omit<TaskEnclaveOptions, "log" | "say">;
    /** Takes what people should read. */
    readonly say: (text: string) => void;
  },
): Promise<ServedOnce> {
  const { once, enclave, say } = options;
  const log = pino({ level: config.observe.log }, pino.destination(2));
  const opened = await openDaemon(config, {
    ...{ signer, log },
    openEnclave: (contracts, provider) => {
      const operator = signer.address.toLowerCase() as Hex;
      return openEnclaveAt({ operator, contracts, provider }, { ...enclave, log, say });
    },
  });
  const { operator, deployment, releases } = opened;
  if (releases.ids.length === 0) {
    await opened.close();
    throw nothingPublished();
  }
  const { stop, hurry } = once ? { stop: NEVER, hurry: NEVER } : stopSignals();
  const run = (idle: AbortSignal, onReady: () => void): Promise<boolean> => {
    const signals = { stop: AbortSignal.any([stop, idle]), hurry };
    return runDaemon(opened, config.observe, { env: process.env, log, signals }, (url) => {
      const count = releases.ids.length;
      say(`Operator ${operator} serves ${count} release(s) on chain ${deployment.chainId}.`);
      say(`Prover: ${proverLine()}.`);
      if (url !== undefined) say(`Status at ${url}/status, metrics at ${url}/metrics.`);
      if (once) onReady();
      else say("Stop with Ctrl-C: what does not end in a few seconds is kept for the next start.");
    });
  };
  const { observe } = opened.daemon;
  const { ended, open } = await untilIdle(observe, config.chain.confirmations, run);
  // What cannot be interrupted must not keep the process.
  if (!ended && !once) process.exit(0);
  return { releases: releases.ids, enclave: opened.enclave, open };
}
