import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SettlementMode } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { connectLedger } from "@vouch/protocol";
import type { VoucherAsk } from "@vouch/sdk";
import { voucherScheme } from "@vouch/sdk";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import type { TextRelease } from "@vouch/publisher";
import { prepareTextRelease, publishTextRelease, writeTextBundle } from "@vouch/publisher";
import { Wallet, id } from "ethers";
import { privateKeyToAccount } from "viem/accounts";
import type { ReceiptLedger, TokenAuthorization } from "../../offchain/protocol/typechain/index.ts";
import { TokenAuthorization__factory } from "../../offchain/protocol/typechain/index.ts";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import { CHAR_GPT, TEXT_PLAN } from "./charGpt.ts";
import type { Scenario } from "./creditScenario.ts";
import type { FaultyRpc } from "./faultyRpc.ts";
import type { ProgramProcess, ProgramSite, Settings } from "./programSite.ts";
import { openProgramSite } from "./programSite.ts";
import { fillFolder } from "./stores.ts";

export const FUNDS = 1_000_000n;

/** `vouch-gateway` in a process of its own. */
export type OperatorProcess = ProgramProcess & { readonly url: string };

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
  readonly command: ProgramSite["command"];
  readonly close: () => Promise<void>;
};

/** Opens a site for the operator of a scenario, with the language model of this repository beside the scenario's releases. */
export async function openOperatorSite({
  chain,
  cast,
}: Pick<Scenario, "chain" | "cast">): Promise<OperatorSite> {
  const site = await openProgramSite({ chain }, "offchain/operator/bin/vouch-gateway.js");
  const { rpc, operator, at } = site;
  const { chainId, anchor } = chain.deployment;
  // A home whose sign log is in a server is not the embedded database's again: each has one.
  const homes = [site.makeHome("home"), site.makeHome("fleet")];
  const store = join(at("home"), "operators", operator, `${chainId}-${anchor}`, "store");
  mkdirSync(store, { recursive: true });
  await fillFolder(store);

  const deployer = cast.publisher;
  const publisher = deployer.address.toLowerCase() as Hex;
  const text = await prepareTextRelease(CHAR_GPT, { ...TEXT_PLAN, publisher });
  await publishTextRelease(contractsAs(chain, deployer), text);
  for (const home of homes) await writeTextBundle(join(home, "texts"), text);

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

  const withOwn = (settings: Settings): Settings => ({
    VOUCH_HOME: at(settings["VOUCH_DATABASE_URL"] === undefined ? "home" : "fleet"),
    VOUCH_HTTP_PORT: "0",
    VOUCH_HTTP_RATE_MAX: "1000000", // tests look again and again
    VOUCH_HTTP_PUBLIC_URL: "http://gateway.test",
    VOUCH_PAYMENTS_TOKEN_ADDRESS: asset,
    VOUCH_PAYMENTS_TOKEN_NAME: "Authorization",
    VOUCH_PAYMENTS_TOKEN_VERSION: "1",
    ...settings,
  });

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
        ...{ ...question, maxSeconds: 86_400, settlements: ["batch", "record"] },
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
      const started = await site.start(/Gateway at (\S+) sells/, withOwn(settings));
      return { ...started, url: started.found[1] ?? "" };
    },
    command: (args, settings = {}) => site.command(args, withOwn(settings)),
    close: site.close,
  };
}
