import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { HDNodeWallet, Mnemonic } from "ethers";
import hre from "hardhat";
import type { Purse, Stage } from "./stage.ts";

/** `vouch-gateway` in a process of its own. */
export type GatewayProcess = {
  readonly url: string;
  /** Has it finish what is under way, and waits for its end. */
  readonly stop: () => Promise<void>;
};

/** Hardhat's own: its accounts have no other owner. */
const MNEMONIC = "test test test test test test test test test test test junk";
const OPERATOR_PATH = "m/44'/60'/0'/0/1";

/** Starts `vouch-gateway` by a file, as operators do, with the key of the stage's operator; resolves when it sells. */
export async function startGateway(
  { chain, rpc, root }: Pick<Stage, "chain" | "rpc" | "root">,
  { asset }: Pick<Purse, "asset">,
  prices: readonly string[],
  leastFee: bigint,
  corsOrigins: readonly string[] = [],
): Promise<GatewayProcess> {
  const at = (name: string): string => join(root, name);
  const { privateKey } = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), OPERATOR_PATH);
  writeFileSync(at("key"), privateKey, { mode: 0o600 });
  writeFileSync(at("deployment.json"), JSON.stringify(chain.deployment));
  const config = {
    ...{ home: root, deployment: at("deployment.json"), key: { file: at("key") } },
    chain: { rpc: [rpc], pollMs: 100 },
    accept: { tokens: [`${asset}:${leastFee}`] },
    observe: { port: 0, log: "error" },
    http: { port: 0, publicUrl: "http://127.0.0.1", corsOrigins },
    payments: { prices, token: { address: asset, name: "Authorization", version: "1" } },
  };
  writeFileSync(at("gateway.json"), JSON.stringify(config));
  const program = join(hre.config.paths.root, "offchain/operator/bin/vouch-gateway.js");
  const child = spawn(process.execPath, [program, "run", "--config", at("gateway.json")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: withoutSettings(process.env),
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /Gateway at (\S+) sells/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then((code) => {
      reject(new Error(`vouch-gateway ended with ${String(code)}: ${said}`));
    });
  });
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A variable beats the file: whoever runs the demo may have set one for an operator of their own. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("VOUCH_")));
}
