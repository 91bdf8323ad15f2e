import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { SettlementMode } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { connectLedger } from "@vouch/protocol";
import type { VoucherAsk } from "@vouch/sdk";
import { voucherScheme } from "@vouch/sdk";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import type { TextRelease } from "@vouch/publisher";
import { prepareTextRelease, publishTextRelease, writeTextBundle } from "@vouch/publisher";
import { HDNodeWallet, Mnemonic, Wallet, id } from "ethers";
import { privateKeyToAccount } from "viem/accounts";
import type { ReceiptLedger, TokenAuthorization } from "../../offchain/protocol/typechain/index.ts";
import { TokenAuthorization__factory } from "../../offchain/protocol/typechain/index.ts";
import { contractsAs } from "../../tasks/openChain.ts";
import { CHAR_GPT, TEXT_PLAN } from "./charGpt.ts";
import type { Scenario } from "./creditScenario.ts";
import type { FaultyRpc } from "./faultyRpc.ts";
import { startFaultyRpc } from "./faultyRpc.ts";
import { fillFolder } from "./stores.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const GATEWAY = join(ROOT, "offchain/operator/bin/vouch-gateway.js");
/** Hardhat's own: its accounts have no other owner. */
const MNEMONIC = "test test test test test test test test test test test junk";
const OPERATOR = 1;

export const FUNDS = 1_000_000n;

/** `vouch-gateway` in a process of its own. */
export type OperatorProcess = {
  readonly url: string;
  /** All that it has printed. */
  readonly text: () => string;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
  /** Resolves with its status when it is gone, for whatever reason. */
  readonly ended: Promise<number | null>;
};

type Settings = Readonly<Record<string, string>>;

/** What a voucher is signed for. */
export type Question = Pick<
  VoucherAsk,
  "release" | "input" | "policy" | "resource" | "body" | "maxAmount"
>;

/** Where the processes of one operator of a scenario work: its chain by HTTP, a token, a payer with funds, a home. */
export type OperatorSite = {
  readonly rpc: FaultyRpc;
  readonly token: TokenAuthorization;
  readonly asset: Hex;
  readonly text: TextRelease;
  readonly payer: Wallet;
  readonly operator: Hex;
  readonly facilitator: { readonly address: string; readonly keyFile: string };
  /** `fetch` of the stock x402 client, which takes the first price under the policy. */
  readonly pay: (policy: string, fetcher?: typeof fetch) => typeof fetch;
  readonly ledger: ReceiptLedger;
  /** Has the payer put so much into the ledger for the operator. */
  readonly deposit: (amount: bigint) => Promise<void>;
  /** The same, paying for one request by a voucher on that deposit. */
  readonly payByVoucher: (way: SettlementMode, question: Question) => typeof fetch;
  /** Starts a process with more settings; resolves once it serves. */
  readonly start: (settings?: Settings) => Promise<OperatorProcess>;
  /** Runs a command of `vouch-gateway` to its end. */
  readonly command: (
    args: readonly string[],
    settings?: Settings,
  ) => Promise<{ readonly code: number | null; readonly text: string }>;
  readonly close: () => Promise<void>;
};

/** Opens a site for the operator of a scenario, with the language model of this repository beside the scenario's releases. */
export async function openOperatorSite({
  chain,
  cast,
}: Pick<Scenario, "chain" | "cast">): Promise<OperatorSite> {
  const { provider } = chain.connection;
  const rpc = await startFaultyRpc((method, params) =>
    provider.request({ method, params: [...params] }),
  );
  const folder = mkdtempSync(join(tmpdir(), "vouch-operator-"));
  const at = (name: string): string => join(folder, name);
  const wallet = HDNodeWallet.fromMnemonic(
    Mnemonic.fromPhrase(MNEMONIC),
    `m/44'/60'/0'/0/${OPERATOR}`,
  );
  writeFileSync(at("key"), wallet.privateKey);
  writeFileSync(at("deployment.json"), JSON.stringify(chain.deployment));
  const { chainId, anchor } = chain.deployment;
  const operator = wallet.address.toLowerCase() as Hex;
  const store = join(at("home"), "operators", operator, `${chainId}-${anchor}`, "store");
  mkdirSync(store, { recursive: true });
  await fillFolder(store);
  // Releases and circuits are the scenario's; what an operator must not lose begins anew.
  // A home whose sign log is in a server is not the embedded database's again: each has one.
  mkdirSync(at("fleet"));
  for (const home of [at("home"), at("fleet")])
    for (const shared of ["releases", "keys", "cache"] as const)
      symlinkSync(chain.home[shared], join(home, shared));

  const deployer = cast.publisher;
  const publisher = deployer.address.toLowerCase() as Hex;
  const text = await prepareTextRelease(CHAR_GPT, { ...TEXT_PLAN, publisher });
  await publishTextRelease(contractsAs(chain, deployer), text);
  for (const home of [at("home"), at("fleet")]) await writeTextBundle(join(home, "texts"), text);

  const token = await new TokenAuthorization__factory(deployer).deploy();
  const asset = (await token.getAddress()).toLowerCase() as Hex;
  const payer = new Wallet(id("vouch.test.payer"));
  await (await token.mint(payer.address, FUNDS)).wait();
  const facilitator = new Wallet(id(`vouch.test.facilitator.${asset}`));
  writeFileSync(at("facilitator"), facilitator.privateKey);
  for (const to of [facilitator.address, payer.address])
    await (await deployer.sendTransaction({ to, value: 10n ** 19n })).wait();
  const { ledger } = await connectLedger(chain.deployment.receiptLedger, deployer);
  const network = `eip155:${BigInt(chainId)}` as const;

  const children = new Set<ChildProcess>();
  function spawned(args: readonly string[], settings: Settings) {
    const child = spawn(process.execPath, [GATEWAY, ...args], {
      env: {
        ...process.env,
        VOUCH_CHAIN_RPC: rpc.url,
        VOUCH_CHAIN_POLL_MS: "100",
        VOUCH_DEPLOYMENT: at("deployment.json"),
        VOUCH_HOME: at(settings["VOUCH_DATABASE_URL"] === undefined ? "home" : "fleet"),
        VOUCH_KEY_FILE: at("key"),
        VOUCH_OBSERVE_PORT: "0",
        VOUCH_HTTP_PORT: "0",
        VOUCH_HTTP_RATE_MAX: "1000000", // tests look again and again
        VOUCH_HTTP_PUBLIC_URL: "http://gateway.test",
        VOUCH_PAYMENTS_TOKEN_ADDRESS: asset,
        VOUCH_PAYMENTS_TOKEN_NAME: "Authorization",
        VOUCH_PAYMENTS_TOKEN_VERSION: "1",
        ...settings,
      },
    });
    children.add(child);
    let said = "";
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    const ended = new Promise<number | null>((done) =>
      child.once("close", (code) => {
        children.delete(child);
        done(code);
      }),
    );
    return { child, ended, said: () => said };
  }

  return {
    ...{ rpc, token, asset, text, payer, operator, ledger },
    facilitator: { address: facilitator.address, keyFile: at("facilitator") },
    pay(policy, fetcher = fetch) {
      const account = privateKeyToAccount(payer.privateKey as Hex);
      return wrapFetchWithPaymentFromConfig(fetcher, {
        schemes: [{ network, client: new ExactEvmScheme(account) }],
        spendControls: { allowedAssets: [{ network, asset }] },
        policies: [
          (_version, offers) =>
            offers.filter(
              ({ extra }) => (extra["vouch"] as { readonly policy: string }).policy === policy,
            ),
        ],
      });
    },
    async deposit(amount) {
      const from = payer.connect(deployer.provider);
      await (await token.connect(from).approve(ledger, amount)).wait();
      await (await ledger.connect(from).deposit(operator, asset, amount)).wait();
    },
    payByVoucher(way, question) {
      const { evidenceRouter: router, receiptLedger } = chain.deployment;
      const ask: VoucherAsk = {
        ...{ chainId: BigInt(chainId), router, ledger: receiptLedger, operator, token: asset },
        ...{ ...question, maxSeconds: 86_400 },
      };
      return wrapFetchWithPaymentFromConfig(fetch, {
        schemes: [{ network, client: voucherScheme(ask, { signer: payer }) }],
        spendControls: { allowedAssets: [{ network, asset }] },
        policies: [
          (_version, offers) =>
            offers.filter(
              ({ extra }) => (extra["vouch"] as { readonly settlement: string }).settlement === way,
            ),
        ],
      });
    },
    async start(settings = {}) {
      const { child, ended, said } = spawned(["run"], settings);
      const url = await new Promise<string>((ready, failed) => {
        child.stdout.on("data", () => {
          const found = /Gateway at (\S+) sells/.exec(said())?.[1];
          if (found !== undefined) ready(found);
        });
        void ended.then((code) => {
          failed(new Error(`ended with ${String(code)}: ${said()}`));
        });
      });
      return {
        ...{ url, text: said, ended },
        kill(signal) {
          child.kill(signal);
          return ended;
        },
      };
    },
    async command(args, settings = {}) {
      const { ended, said } = spawned(args, settings);
      return { code: await ended, text: said() };
    },
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await rpc.close();
    },
  };
}
