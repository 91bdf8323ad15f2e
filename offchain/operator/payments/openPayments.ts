import type { Sender } from "@vouch/chain";
import type { Catalog, GatewayOptions, PaymentDeps } from "@vouch/gateway";
import {
  createEscrowChain,
  createLocalFacilitator,
  createTokenReader,
  storedPayments,
} from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import type { OpenedDaemon } from "@vouch/worker";
import { openSender } from "@vouch/worker";
import { HTTPFacilitatorClient } from "@x402/core/server";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import type { OperatorConfig } from "../config/operatorConfig.ts";
import { OperatorError } from "../errors.ts";
import { createChainClient } from "./chainClient.ts";
import { createFacilitatorSigner } from "./facilitatorSigner.ts";
import { needsVouchers, openVouchers } from "./openVouchers.ts";
import { soldWays } from "../prices/soldWays.ts";

/** What a gateway takes to be paid, and what sends its settlements. */
export type Payments = {
  readonly options: NonNullable<GatewayOptions["payments"]>;
  readonly deps: PaymentDeps;
  /** Of a key of its own; where there is none, the operator's sender does it, or somebody else. */
  readonly sender: Sender | undefined;
};

export type PaymentsDeps = {
  readonly daemon: Pick<
    OpenedDaemon,
    "contracts" | "deployment" | "home" | "operator" | "provider" | "sender" | "store"
  >;
  readonly catalog: Catalog;
  /** A facilitator's key of its own. */
  readonly signer: Signer | undefined;
  readonly log: Logger;
};

/**
 * Opens what payments need; undefined where no token is taken and everything is free.
 *
 * @throws {OperatorError} `SETTING_UNFIT`, naming the setting.
 */
export async function openPayments(
  config: OperatorConfig,
  deps: PaymentsDeps,
): Promise<Payments | undefined> {
  const { token, facilitator, payTo: payee } = config.payments;
  const { daemon, catalog } = deps;
  const ways = soldWays(catalog);
  const isEscrowed = ways.has("individual");
  if (token.address === undefined) {
    requireFree(catalog, isEscrowed);
    return undefined;
  }
  if (token.name === "" || token.version === "")
    throw unfit(
      token.name === "" ? "payments.token.name" : "payments.token.version",
      "payers sign under the name and the version of the token's EIP-712 domain",
    );
  const asset = token.address;
  const payTo = payee ?? daemon.operator;
  const { deployment, contracts, provider } = daemon;
  const chainId = BigInt(deployment.chainId);
  const client = createChainClient(provider, chainId, config.chain.pollMs);
  const isVouched = await needsVouchers(ways, daemon);
  requireAlone(facilitator, { isEscrowed, isVouched });
  const vouchers = isVouched
    ? await openVouchers(config.payments.voucher, asset, daemon)
    : undefined;
  const common = {
    ...(vouchers === undefined ? {} : { voucher: vouchers.deps }),
    store: storedPayments(daemon.store.sql),
    tokens: createTokenReader(client),
    mountFacilitator: facilitator.open,
  };
  const options = {
    ...optionsOf(config.payments, payTo, asset),
    ...(vouchers === undefined ? {} : { voucher: vouchers.options }),
  };

  if (facilitator.url !== "") {
    const remote = new HTTPFacilitatorClient({ url: facilitator.url });
    return { options, deps: { ...common, facilitator: remote }, sender: undefined };
  }

  const sender = await ownSender(config, deps, chainId);
  const signer = createFacilitatorSigner({ sender: sender ?? daemon.sender, client, provider });
  const contractsOf = {
    requests: deployment.inferenceRequests,
    funding: deployment.requestFunding,
  };
  const local = createLocalFacilitator(
    { chainId, payees: [payTo], assets: [asset], ...(isEscrowed ? { escrow: contractsOf } : {}) },
    { signer },
  );
  if (!isEscrowed) return { options, deps: { ...common, facilitator: local }, sender };
  const place = {
    domain: { chainId, router: deployment.evidenceRouter },
    deployed: deployment.fromBlock,
  };
  return {
    options: { ...options, escrow: { ...contractsOf, ...config.payments.escrow } },
    deps: {
      ...common,
      facilitator: local,
      escrow: createEscrowChain(place, { contracts, signer }),
    },
    sender,
  };
}

function optionsOf(
  payments: OperatorConfig["payments"],
  payTo: Hex,
  asset: Hex,
): Payments["options"] {
  const { token, validSeconds, confirmations, maxUnsettled, settleAtOnce } = payments;
  return {
    ...{ payTo, token: { asset, name: token.name, version: token.version }, confirmations },
    maxTimeoutSeconds: validSeconds,
    maxUnsettledPerPayer: maxUnsettled,
    settleConcurrency: settleAtOnce,
  };
}

async function ownSender(
  config: OperatorConfig,
  { daemon: { operator, provider, store }, signer, log }: PaymentsDeps,
  chainId: bigint,
): Promise<Sender | undefined> {
  if (signer === undefined) return undefined;
  const address = await signer.getAddress();
  if (address.toLowerCase() === operator)
    throw unfit(
      "payments.facilitator.keyFile",
      "it holds the operator's key, whose nonces the worker counts; leave it empty to settle by that key",
    );
  return openSender(config, { signer, provider, store, chainId, log });
}

/** What a facilitator elsewhere excludes. */
function requireAlone(
  { url, keyFile, open }: OperatorConfig["payments"]["facilitator"],
  { isEscrowed, isVouched }: { readonly isEscrowed: boolean; readonly isVouched: boolean },
): void {
  if (url === "") return;
  if (isEscrowed)
    throw unfit(
      "payments.facilitator.url",
      "only this process settles prices of the way individual",
    );
  if (isVouched)
    throw unfit(
      "payments.facilitator.url",
      "nothing is settled until it answers, and vouchers that are sold or owed would be disputed and lost meanwhile",
    );
  if (keyFile !== "")
    throw unfit("payments.facilitator.keyFile", "settlements are sent by payments.facilitator.url");
  if (open) throw unfit("payments.facilitator.open", "this process settles nothing for others");
}

function requireFree(catalog: Catalog, isEscrowed: boolean): void {
  const priced = catalog
    .list()
    .flatMap(({ name, prices }) => prices.map((it) => ({ release: name, ...it })))
    .find(({ amount }) => amount > 0n);
  if (priced === undefined && !isEscrowed) return;
  const what = priced === undefined ? "an escrow" : `${priced.name} of ${priced.release}`;
  throw unfit("payments.token.address", `${what} has a price, and no token is taken`);
}

function unfit(setting: string, reason: string): OperatorError {
  return new OperatorError({ code: "SETTING_UNFIT", setting, reason });
}
