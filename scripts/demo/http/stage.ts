import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { NO_FLOOR } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import {
  openHome,
  prepareTextRelease,
  publishTextRelease,
  writeTextBundle,
} from "@vouch/publisher";
import { Wallet } from "ethers";
import hre from "hardhat";
import { TokenAuthorization__factory } from "../../../offchain/protocol/typechain/index.ts";
import type { TokenAuthorization } from "../../../offchain/protocol/typechain/index.ts";
import type { Chain } from "../../../offchain/hardhat/tasks/openChain.ts";
import { startChain } from "../../../offchain/hardhat/tasks/openChain.ts";
import type { Cast } from "../scenario.ts";
import { castOf } from "../scenario.ts";
import { serveChain } from "./serveChain.ts";

/** A chain of this process behind HTTP, with the protocol on it, and a home that goes with it. */
export type Stage = {
  readonly chain: Chain;
  readonly cast: Cast;
  readonly rpc: string;
  /** The operator's `home`. */
  readonly root: string;
  readonly close: () => Promise<void>;
};

/** A token with EIP-3009, and somebody who pays in it. */
export type Purse = {
  readonly token: TokenAuthorization;
  readonly asset: Hex;
  readonly payer: Wallet;
};

/** Starts a chain, deploys to it and serves it by HTTP; circuits that were built before are taken from the project. */
export async function openStage(): Promise<Stage> {
  const connection = await hre.network.create();
  const started = await startChain(hre, connection);
  const served = await serveChain(connection.provider);
  const root = mkdtempSync(join(tmpdir(), "vouch-demo-"));
  mkdirSync(started.home.cache, { recursive: true });
  symlinkSync(started.home.cache, join(root, "cache"), "junction");
  const chain = { ...started, home: openHome(root) };
  return {
    ...{ chain, cast: await castOf(chain), rpc: served.url, root },
    async close() {
      await served.close();
      await connection.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Deploys a token that anyone may mint, and mints some to a new requester. */
export async function openPurse({ publisher }: Cast, funds: bigint): Promise<Purse> {
  const token = await new TokenAuthorization__factory(publisher).deploy();
  const asset = (await token.getAddress()).toLowerCase() as Hex;
  const payer = new Wallet(Wallet.createRandom().privateKey);
  await (await token.mint(payer.address, funds)).wait();
  return { token, asset, payer };
}

/** Publishes the language model of this repository, and keeps its bundle. */
export async function publishText({ chain, cast }: Stage): Promise<TextRelease> {
  const prepared = await prepareTextRelease(join(hre.config.paths.root, "models/char-gpt"), {
    ...{ model: "char-gpt", version: "demo", licence: "MIT", royaltyBps: 0, floor: NO_FLOOR },
    publisher: cast.publisher.address.toLowerCase() as Hex,
  });
  await publishTextRelease(chain.contracts, prepared);
  return writeTextBundle(chain.home.texts, prepared);
}
