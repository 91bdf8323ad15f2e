/** Test only: a gateway whose payments are held on the chain, with an operator that serves what is asked there. */
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import type { FacilitatorClient } from "@x402/core/server";
import type {
  Catalog,
  EscrowChain,
  GatewayOptions,
  PaymentStore,
  Price,
  ReceiptStore,
} from "@vouch/gateway";
import {
  createEscrowChain,
  createGateway,
  createLocalFacilitator,
  createTokenReader,
} from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { allOf, packWords, quantizeTensor, requireSignature, requireZk } from "@vouch/protocol";
import type { EscrowAsk } from "@vouch/sdk";
import { escrowScheme } from "@vouch/sdk";
import type { Worker } from "@vouch/worker";
import type { FacilitatorEvmSigner } from "@x402/evm";
import { Wallet, id } from "ethers";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { PublicClient } from "viem";
import { RequestFunding__factory } from "../../offchain/protocol/typechain/index.ts";
import type { TokenAuthorization } from "../../offchain/protocol/typechain/index.ts";
import { TokenAuthorization__factory } from "../../offchain/protocol/typechain/index.ts";
import { openWorker } from "../../offchain/hardhat/tasks/openWorker.ts";
import type { Scenario } from "./creditScenario.ts";
import { listening } from "./listening.ts";
import { memoryPayments, memoryReceipts } from "./memoryPayments.ts";
import { readerOver, signerOver } from "./signerOver.ts";
import { openTinyScenario, tinyModel } from "./tinyScenario.ts";

export const SIGNATURE = allOf([requireSignature()]);
export const PROOF = allOf([requireSignature(), requireZk("any")]);
export const FEE = 1_000n;
export const FUNDS = 1_000_000n;

/** A published release, a token, a requester with some of it, and an operator that takes it. */
export type EscrowScenario = Scenario & {
  readonly token: TokenAuthorization;
  readonly asset: Hex;
  readonly requests: Hex;
  readonly funding: Hex;
  readonly payer: Wallet;
  readonly signer: FacilitatorEvmSigner;
  readonly reader: PublicClient;
  /** Of the operator; takes requests in the token. */
  readonly worker: Worker;
  readonly close: () => Promise<void>;
};

export async function openEscrowScenario(): Promise<EscrowScenario> {
  const tiny = await openTinyScenario("public", tinyModel(7));
  const { chain, cast } = tiny;
  const deployer = cast.publisher;
  const token = await new TokenAuthorization__factory(deployer).deploy();
  const asset = (await token.getAddress()).toLowerCase() as Hex;
  const requests = chain.deployment.inferenceRequests;
  const permit2 = `0x${"22".repeat(20)}`;
  const deployed = await new RequestFunding__factory(deployer).deploy(requests, permit2);
  const payer = new Wallet(id("vouch.test.requester"));
  await (await token.mint(payer.address, FUNDS)).wait();
  const facilitator = new Wallet(id("vouch.test.facilitator"));
  await (await deployer.sendTransaction({ to: facilitator.address, value: 10n ** 19n })).wait();
  const { provider } = chain.connection;
  const signer = signerOver(provider, facilitator.privateKey as Hex);
  const { worker, close } = await openWorker(chain, cast.operator, {
    ...{ silent: true, pollIntervalMs: 20 },
    tokens: new Map([[asset, { minFee: FEE, minGasPrice: 0n }]]),
  });
  return {
    ...{ ...tiny, token, asset, requests, payer, signer, worker },
    reader: readerOver(provider),
    funding: (await deployed.getAddress()).toLowerCase() as Hex,
    async close() {
      await close();
      tiny.close();
    },
  };
}

export type EscrowGatewayParts = {
  readonly facilitator?: FacilitatorClient;
  readonly payments?: PaymentStore;
  readonly receipts?: ReceiptStore;
  readonly chain?: EscrowChain;
  readonly options?: Partial<GatewayOptions>;
};

export type EscrowGateway = {
  readonly url: string;
  readonly payments: PaymentStore;
  readonly receipts: ReceiptStore;
  readonly close: () => Promise<void>;
};

/** The facilitator of a scenario, in this process. */
export function escrowFacilitator(scenario: EscrowScenario): FacilitatorClient {
  const { chain, cast, asset, requests, funding, signer } = scenario;
  const { chainId } = chain.domain;
  const payees = [cast.operator.address as Hex];
  return createLocalFacilitator(
    { chainId, payees, assets: [asset], escrow: { requests, funding } },
    { signer },
  );
}

/** A gateway on a scenario, listening and settling until it is closed. */
export async function escrowGateway(
  scenario: EscrowScenario,
  parts: EscrowGatewayParts = {},
): Promise<EscrowGateway> {
  const { chain, cast, asset, requests, funding, signer, reader } = scenario;
  const { payments = memoryPayments(), receipts = memoryReceipts() } = parts;
  const { facilitator = escrowFacilitator(scenario) } = parts;
  const { domain, contracts, deployment } = chain;
  const gateway = await createGateway(
    {
      ...{ domain, publicUrl: "http://gateway.test", ...parts.options },
      payments: {
        payTo: cast.operator.address,
        token: { asset, name: "Authorization", version: "1" },
        escrow: { requests, funding, pollMs: 20 },
        ...{ settleRetryMs: 20, sweepMs: 50 },
      },
    },
    {
      catalog: catalogOf(scenario),
      answerer: {
        infer: () => Promise.reject(new Error("nobody is asked directly")),
        text: () => {
          throw new Error("nobody is asked directly");
        },
      },
      receipts,
      payments: {
        ...{ facilitator, mounted: facilitator },
        ...{ store: payments, tokens: createTokenReader(reader) },
        escrow:
          parts.chain ??
          createEscrowChain({ domain, deployed: deployment.fromBlock }, { contracts, signer }),
      },
      ...{ registry: new Registry(), log: pino({ level: "silent" }) },
    },
  );
  const url = await listening(gateway);
  const stop = new AbortController();
  const running = gateway.start(stop.signal);
  return {
    ...{ url, payments, receipts },
    async close() {
      await gateway.close();
      stop.abort();
      await running;
    },
  };
}

function catalogOf({ open }: EscrowScenario): Catalog {
  const { bundle } = open.prepared;
  const settlement: Price["settlement"] = ["payment", "individual"];
  const offer = {
    ...{ id: open.id, name: "tiny", release: bundle.release, circuit: bundle.circuit },
    ...{ created: 1_700_000_000, text: null },
    prices: [
      { name: "signature", policy: SIGNATURE, amount: FEE, settlement },
      { name: "zk", policy: PROOF, amount: 2n * FEE, settlement: ["individual"] as const },
    ],
  };
  return {
    list: () => [offer],
    find: (model) => (model === offer.id || model === offer.name ? offer : undefined),
  };
}

/** A row of the release's, and the words that it is packed to. */
export function questionOf(
  { open }: EscrowScenario,
  row: number,
): { readonly tensor: number[]; readonly words: readonly bigint[] } {
  const { x } = open.samples.rows[row]!; // eight
  const { input } = open.prepared.compiled;
  return { tensor: [...x], words: packWords(quantizeTensor(x, input), input) };
}

/** What a requester of a scenario is ready to pay for. */
export function askOf(scenario: EscrowScenario, row: number, policy = SIGNATURE): EscrowAsk {
  const { chain, open, requests, funding, asset: token } = scenario;
  return {
    ...{ chainId: chain.domain.chainId, requests, funding, token, release: open.id, policy },
    ...{ input: questionOf(scenario, row).words, maxEscrow: 2n * FEE, maxSeconds: 900 },
  };
}

/**
 * `fetch` of the stock x402 client, which pays for one request on proof.
 *
 * @param ahead seconds by which the client's clock is wrong
 */
export function escrowFetch(
  { chain, payer }: EscrowScenario,
  ask: EscrowAsk,
  fetcher: typeof fetch = fetch,
  ahead = 0,
): typeof fetch {
  const network = `eip155:${ask.chainId}` as const;
  const now = async () => (await chain.connection.networkHelpers.time.latest()) + ahead;
  const client = escrowScheme(ask, { signer: payer, now });
  return wrapFetchWithPaymentFromConfig(fetcher, {
    schemes: [{ network, client }],
    spendControls: { allowedAssets: [{ network, asset: ask.token }] },
  });
}
