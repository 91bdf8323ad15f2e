/** Test only: the terminals in which the pages' commands are given. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { HDNodeWallet, Mnemonic } from "ethers";
import type { Program } from "../../../scripts/docs/blocks/runProgram.ts";
import type { Service } from "../../../scripts/docs/blocks/shellSession.ts";
import { shellSession } from "../../../scripts/docs/blocks/shellSession.ts";
import { freePort } from "../freePort.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
/** Where releases and keys of tests are kept from run to run. */
const STORE = join(ROOT, ".vouch", "test");
/** Of a chain that nothing else uses: its deployment is recorded apart. */
const CHAIN_ID = "31396";
const DEPLOYMENT = join(ROOT, `deployments/${CHAIN_ID}.json`);
/** Hardhat's own; the second account is who stakes and works where nobody else is named. */
const MNEMONIC = "test test test test test test test test test test test junk";
const OPERATOR_PATH = "m/44'/60'/0'/0/1";

const NODE = "npx hardhat node --hostname 127.0.0.1";
const DEPLOYED = [NODE, "npx hardhat deploy --network localhost"];

/** What was done before a block begins, by the name that its fence gives. */
const BEFORE = {
  /** The checkout, with models published in its store. */
  checkout: ["npx hardhat model:publish"],
  /** Terminals in which nothing was done yet. */
  terminals: [],
  /** A node, with contracts on its chain. */
  deployed: DEPLOYED,
  /** The same, with a release. */
  published: [...DEPLOYED, "npx hardhat model:publish --network localhost"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const SERVICES: readonly Service[] = [
  { command: /^npx hardhat node/u, ready: /Started HTTP and WebSocket JSON-RPC server/u },
  { command: /^npx hardhat worker/u, ready: /serves [0-9]+ release/u },
  { command: /^vouch-worker run/u, ready: /serves/u },
  { command: /^npm run indexer/u, ready: /GraphQL at/u },
  { command: /^npm run explorer/u, ready: /The explorer is at/u },
];

export const TERMINALS: readonly string[] = Object.keys(BEFORE);

/** Returns how a block is executed, and what is done once it was; `name` is one of `TERMINALS`. */
export async function terminalOf(
  name: string,
  code: string,
): Promise<{ readonly program: Program; readonly close: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "vouch-terminal-"));
  const [port, observed] = [await freePort(), await freePort()];
  const wallet = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), OPERATOR_PATH);
  writeFileSync(join(folder, "key"), wallet.privateKey);
  // What operators keep is of one chain, and the next block's chain has the same name.
  for (const shared of ["releases", "keys", "cache"]) {
    mkdirSync(join(STORE, shared), { recursive: true });
    symlinkSync(join(STORE, shared), join(folder, shared));
  }
  const url = `http://127.0.0.1:${port}`;
  const before: readonly string[] = BEFORE[name as keyof typeof BEFORE];
  const session = {
    services: SERVICES,
    filled: [
      [NODE, `${NODE} --port ${port} --chain-id ${CHAIN_ID}`],
      ["http://127.0.0.1:8545", url],
      ["https://a.example,wss://b.example", `${url},${url.replace("http", "ws")}`],
      [
        "VOUCH_KEY_FILE=key.json VOUCH_KEY_PASSWORD_FILE=password",
        `VOUCH_KEY_FILE=${join(folder, "key")}`,
      ],
      ["deployments/31337.json", DEPLOYMENT],
      ["<name>", "localhost"],
      ["<wei>", "1000000000000000000"],
    ],
  } as const;
  const given = ["unset VOUCH_DEEP VOUCH_FUZZ_RUNS", ...before, code].join("\n");
  return {
    program: {
      program: "bash",
      args: ["-c", shellSession(given, session)],
      folder: ROOT,
      env: {
        VOUCH_HOME: folder,
        VOUCH_INDEXER_HOME: join(folder, "indexer"),
        VOUCH_LOCALHOST_URL: url,
        VOUCH_DEPLOYMENT: DEPLOYMENT,
        VOUCH_OBSERVE_PORT: String(observed),
        digest: "00".repeat(48),
      },
    },
    close() {
      rmSync(folder, { recursive: true, force: true });
      rmSync(DEPLOYMENT, { force: true });
    },
  };
}
