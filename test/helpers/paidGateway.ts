/** Test only: a gateway that is paid on a local chain, with its facilitator's key and a payer with funds. */
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import type { FacilitatorClient } from "@x402/core/server";
import type {
  Gateway,
  GatewayOptions,
  PaymentRecord,
  PaymentStore,
  ReceiptStore,
  TokenReader,
} from "@vouch/gateway";
import {
  createGateway,
  createLocalFacilitator,
  createReader,
  createTokenReader,
  createViemSigner,
} from "@vouch/gateway";
import type { Hex, PaymentId } from "@vouch/protocol";
import { JsonRpcProvider, Wallet, id } from "ethers";
import { network } from "hardhat";
import { pino } from "pino";
import { Registry } from "prom-client";
import { privateKeyToAccount } from "viem/accounts";
import { TokenAuthorization__factory } from "../../offchain/protocol/typechain/index.ts";
import type { TokenAuthorization } from "../../offchain/protocol/typechain/index.ts";
import { listening } from "./listening.ts";
import { memoryPayments, memoryReceipts } from "./memoryPayments.ts";
import type { TestAnswerer, TestPrices } from "./testAnswerer.ts";
import { testAnswerer, testCatalog } from "./testAnswerer.ts";
import { DOMAIN } from "./trapdoorReceipt.ts";

/** A chain behind HTTP, with a token of EIP-3009 on it. */
export type PaidChain = {
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  readonly token: TokenAuthorization;
  readonly asset: Hex;
  readonly payTo: Hex;
  readonly payerKey: Hex;
  readonly payer: Hex;
  readonly facilitatorKey: Hex;
  readonly close: () => Promise<void>;
};

export const FUNDS = 1_000_000n;
const CHAIN = `eip155:${DOMAIN.chainId}` as const;

/** @param chainId another than the domain's stands for a fork */
export async function paidChain(chainId: bigint = DOMAIN.chainId): Promise<PaidChain> {
  const server = await network.createServer(
    { network: "default", override: { chainId: Number(chainId) } },
    "127.0.0.1",
    0,
  );
  const { address, port } = await server.listen();
  const rpcUrl = `http://${address}:${port}`;
  const provider = new JsonRpcProvider(rpcUrl, Number(chainId), {
    ...{ staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 20 },
  });
  const deployer = await provider.getSigner(0);
  const token = await new TokenAuthorization__factory(deployer).deploy();
  await token.waitForDeployment();
  const payer = new Wallet(id("vouch.test.payer"));
  const facilitator = new Wallet(id("vouch.test.facilitator"));
  await (await token.mint(payer.address, FUNDS)).wait();
  await (await deployer.sendTransaction({ to: facilitator.address, value: 10n ** 20n })).wait();
  return {
    ...{ rpcUrl, provider, token, asset: (await token.getAddress()).toLowerCase() as Hex },
    payTo: `0x${"d4".repeat(20)}`,
    ...{ payerKey: payer.privateKey as Hex, payer: payer.address.toLowerCase() as Hex },
    facilitatorKey: facilitator.privateKey as Hex,
    async close() {
      provider.destroy();
      await server.close();
    },
  };
}

/** A facilitator in this process that settles for the chain's payee. */
export function facilitatorOn({
  rpcUrl,
  facilitatorKey,
  payTo,
  asset,
}: PaidChain): FacilitatorClient {
  const { chainId } = DOMAIN;
  return createLocalFacilitator(
    { chainId, payees: [payTo], assets: [asset] },
    {
      signer: createViemSigner({
        ...{ chainId, rpcUrl, privateKey: facilitatorKey, confirmationTimeoutMs: 5_000 },
      }),
    },
  );
}

export type PaidGateway = {
  readonly gateway: Gateway;
  readonly answerer: TestAnswerer;
  readonly payments: PaymentStore;
  readonly receipts: ReceiptStore;
  readonly url: string;
  readonly close: () => Promise<void>;
};

export type PaidGatewayParts = {
  readonly facilitator?: FacilitatorClient;
  readonly payments?: PaymentStore;
  readonly receipts?: ReceiptStore;
  readonly tokens?: TokenReader;
  readonly answerer?: TestAnswerer;
  readonly prices?: TestPrices;
  readonly options?: Partial<GatewayOptions>;
  readonly terms?: Partial<NonNullable<GatewayOptions["payments"]>>;
  readonly mountFacilitator?: boolean;
};

/** A gateway on a chain, listening and settling until it is closed. */
export async function paidGateway(
  chain: PaidChain,
  parts: PaidGatewayParts = {},
): Promise<PaidGateway> {
  const { answerer = testAnswerer(), payments = memoryPayments() } = parts;
  const { receipts = memoryReceipts(), facilitator = facilitatorOn(chain) } = parts;
  const { chainId } = DOMAIN;
  const reader = createReader({ chainId, rpcUrl: chain.rpcUrl });
  const gateway = await createGateway(
    {
      ...{ domain: DOMAIN, publicUrl: "http://gateway.test", ...parts.options },
      payments: {
        payTo: chain.payTo,
        token: { asset: chain.asset, name: "Authorization", version: "1" },
        ...{ settleRetryMs: 20, sweepMs: 50, ...parts.terms },
      },
    },
    {
      ...{ catalog: testCatalog(parts.prices ?? { signature: 10n, zk: 25n }), answerer, receipts },
      payments: {
        ...{ facilitator, store: payments, tokens: parts.tokens ?? createTokenReader(reader) },
        mountFacilitator: parts.mountFacilitator ?? false,
      },
      ...{ registry: new Registry(), log: pino({ level: "silent" }) },
    },
  );
  const url = await listening(gateway);
  const stop = new AbortController();
  const running = gateway.start(stop.signal);
  return {
    ...{ gateway, answerer, payments, receipts, url },
    async close() {
      await gateway.close();
      stop.abort();
      await running;
    },
  };
}

/** `fetch` of the stock x402 client with the chain's payer, which takes the policy of that name; counts its calls. */
export function payingFetch(
  { payerKey, asset }: Pick<PaidChain, "payerKey" | "asset">,
  policy = "signature",
  fetcher: typeof fetch = fetch,
): typeof fetch {
  return wrapFetchWithPaymentFromConfig(fetcher, {
    schemes: [{ network: CHAIN, client: new ExactEvmScheme(privateKeyToAccount(payerKey)) }],
    spendControls: { allowedAssets: [{ network: CHAIN, asset }] },
    policies: [
      (_, accepts) =>
        accepts.filter(({ extra }) => (extra["vouch"] as { policy: string }).policy === policy),
    ],
  });
}

/** Resolves with a payment's record once it is in the state. */
export async function paymentIn(
  payments: PaymentStore,
  id: string,
  state: PaymentRecord["state"],
): Promise<PaymentRecord> {
  for (;;) {
    const record = await payments.get(id as PaymentId);
    if (record?.state === state) return record;
    await new Promise((resolve) => setTimeout(resolve, 5)); // the condition is the store's, which has no events
  }
}
