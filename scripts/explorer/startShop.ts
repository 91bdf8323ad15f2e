import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { openHome, writeBundle, writeTextBundle } from "@vouch/publisher";
import { chainTime } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { Wallet } from "ethers";
import hre from "hardhat";
import { homeOf } from "../../offchain/hardhat/tasks/openChain.ts";
import { ensureStake } from "../../offchain/hardhat/tasks/openWorker.ts";
import type { GatewayProcess } from "../demo/http/startGateway.ts";
import { startGateway } from "../demo/http/startGateway.ts";
import type { Catalog } from "./publishCatalog.ts";
import type { Town } from "./town.ts";

/** A gateway that sells, and the token that it takes. */
export type Shop = GatewayProcess & { readonly token: Hex };

const ETHER = 10n ** 18n;
/** What every account of the network gets, in the token's smallest unit. */
const FUNDS = 1_000_000n;
const SIGNED = 1_000n;
const PROVEN = 25_000n;
const PROOF = "zk:any+signature";

/** Starts `vouch-gateway` with a stake and a home of its own, and gives every account of the network some of the token that it takes. */
export async function startShop(
  { chain, publisher, seller }: Town,
  { eth, text }: Pick<Catalog, "eth" | "text">,
  at: { readonly rpc: string; readonly folder: string; readonly origin: string },
): Promise<Shop> {
  const root = join(at.folder, "shop");
  const home = openHome(root);
  const project = homeOf(hre);
  mkdirSync(root, { recursive: true });
  for (const name of ["cache", "keys"] as const) {
    mkdirSync(project[name], { recursive: true });
    symlinkSync(project[name], home[name], "junction");
  }
  await writeBundle(home.releases, eth.bundle);
  await writeTextBundle(home.texts, text);

  const token = await chain.connection.ethers.deployContract("TokenAuthorization", [], publisher);
  const asset = (await token.getAddress()).toLowerCase() as Hex;
  for (const signer of await chain.connection.ethers.getSigners())
    await (await token.mint(signer.address, FUNDS)).wait();
  await ensureStake(chain, seller, ETHER);

  const { id } = eth;
  const prices = [
    `${text.id}:signature:${SIGNED}`,
    `${id}:signature:${SIGNED}`,
    `${id}:${PROOF}:${PROVEN}:individual`,
  ];
  const stage = { chain, rpc: at.rpc, root };
  const gateway = await startGateway(stage, { asset }, prices, PROVEN, [at.origin]);
  return { ...gateway, token: asset };
}

/** Buys three answers by x402, as a client that trusts no gateway does. */
export async function buy(
  { chain, seller, publisher }: Town,
  { eth, text }: Pick<Catalog, "eth" | "text">,
  { url, token }: Shop,
): Promise<void> {
  const { provider } = chain.connection.ethers;
  const payer = new Wallet(PAYER, provider);
  const asset = await chain.connection.ethers.getContractAt("TokenAuthorization", token, publisher);
  await (await asset.mint(payer.address, FUNDS)).wait();
  const gateway = await openGateway({
    ...{ url, provider, deployment: chain.deployment, operators: [seller.address] },
    pay: {
      ...{ signer: payer, token, maxAmount: PROVEN, ways: ["payment", "individual"] },
      ...{ maxSeconds: 900, now: () => chainTime(provider) },
    },
  });
  const input = eth.samples[0]?.x ?? [];
  await gateway.infer({ release: eth.id, input, policy: "signature" });
  await gateway.infer({ release: eth.id, input, policy: PROOF });
  await gateway.complete({
    body: { model: text.id, prompt: "First Citizen:", max_tokens: 24, temperature: 0 },
    policy: "signature",
  });
}

/** Of nobody: the same in every run, with nothing but this token. */
const PAYER = `0x${"70".repeat(32)}`;
