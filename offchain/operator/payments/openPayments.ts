import type { Sender } from "@vouch/chain";
import type { Catalog, GatewayOptions, PaymentDeps, PaymentToken } from "@vouch/gateway";
import {
  createEscrowChain,
  createLocalFacilitator,
  createTokenReader,
  readOwed,
  storedPayments,
  storedVouchers,
} from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { ESCROW_SCHEME, VOUCHER_SCHEME } from "@vouch/protocol";
import type { OpenedDaemon } from "@vouch/worker";
import { openSender } from "@vouch/worker";
import { HTTPFacilitatorClient } from "@x402/core/server";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import type { OperatorConfig } from "../config/operatorConfig.ts";
import { soldWays } from "../prices/soldWays.ts";
import { createChainClient } from "./chainClient.ts";
import { createFacilitatorSigner } from "./facilitatorSigner.ts";
import { openVouchers } from "./openVouchers.ts";
import { soldToken } from "./soldToken.ts";
import { unfit } from "./unfit.ts";

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
 * Opens what payments need: for what is sold, and for what was sold before and is owed, in whichever token and way that was. Undefined
 * where no token is taken, everything is free and nothing is owed.
 *
 * @throws {OperatorError} `SETTING_UNFIT`, naming the setting.
 */
export async function openPayments(
  config: OperatorConfig,
  deps: PaymentsDeps,
): Promise<Payments | undefined> {
  const { facilitator, payTo: payee, voucher, escrow } = config.payments;
  const { daemon, catalog } = deps;
  const { deployment, contracts, provider, store } = daemon;
  const payments = storedPayments(store.sql);
  const sold = soldToken(config.payments, catalog);
  const owed = await readOwed(payments, storedVouchers(store.sql), deployment.receiptLedger);
  const token = sold ?? owed.tokens[0];
  if (token === undefined) return undefined;

  const ways = soldWays(catalog);
  const isEscrowed = ways.has("individual") || owed.schemes.has(ESCROW_SCHEME);
  const isVouched = ways.has("batch") || ways.has("record") || owed.schemes.has(VOUCHER_SCHEME);
  requireAlone(facilitator, { isEscrowed, isVouched });
  const payTo = payee ?? daemon.operator;
  const chainId = BigInt(deployment.chainId);
  const client = createChainClient(provider, chainId, config.chain.pollMs);
  const vouchers = isVouched ? await openVouchers(voucher, token.asset, daemon) : undefined;
  const common = {
    ...{ store: payments, tokens: createTokenReader(client) },
    ...(vouchers === undefined ? {} : { voucher: vouchers.deps }),
  };
  const options = {
    ...optionsOf(config.payments, payTo, token),
    ...(vouchers === undefined ? {} : { voucher: vouchers.options }),
  };

  if (facilitator.url !== "") {
    const remote = new HTTPFacilitatorClient({ url: facilitator.url });
    return { options, deps: { ...common, facilitator: remote }, sender: undefined };
  }

  const sender = await ownSender(config, deps, chainId);
  const { inferenceRequests: requests, requestFunding: funding } = deployment;
  const held = isEscrowed ? { requests, funding } : undefined;
  const signer = createFacilitatorSigner({
    ...{ sender: sender ?? daemon.sender, client, provider, escrow: held },
  });
  const own = createLocalFacilitator(
    {
      chainId,
      payees: [payTo, ...owed.payees],
      assets: [token, ...owed.tokens].map(({ asset }) => asset),
      ...(held === undefined ? {} : { escrow: held }),
    },
    { signer },
  );
  const isMounted = facilitator.open && sold !== undefined;
  const settling = {
    ...{ ...common, facilitator: own },
    // Others pay for what is sold now.
    ...(isMounted
      ? {
          mounted: createLocalFacilitator(
            { chainId, payees: [payTo], assets: [sold.asset] },
            { signer },
          ),
        }
      : {}),
  };
  if (held === undefined) return { options, deps: settling, sender };
  const place = {
    domain: { chainId, router: deployment.evidenceRouter },
    deployed: deployment.fromBlock,
  };
  return {
    options: { ...options, escrow: { ...held, ...escrow } },
    deps: { ...settling, escrow: createEscrowChain(place, { contracts, signer }) },
    sender,
  };
}

function optionsOf(
  payments: OperatorConfig["payments"],
  payTo: Hex,
  token: PaymentToken,
): Payments["options"] {
  const { validSeconds, confirmations, maxUnsettled, settleAtOnce } = payments;
  return {
    ...{ payTo, token, confirmations },
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
      "only this process settles what is held by a contract, sold by the way individual or owed from before",
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
