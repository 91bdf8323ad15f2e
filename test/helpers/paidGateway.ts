/** Test only: a gateway that is paid on a local chain, with its facilitator's key and a payer with funds. */
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import type { FacilitatorClient } from "@x402/core/server";
import type {
  Answerer,
  Catalog,
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
import type { PaymentId } from "@vouch/protocol";
import { pino } from "pino";
import { Registry } from "prom-client";
import { privateKeyToAccount } from "viem/accounts";
import type { PaidChain } from "./paidChain.ts";
import { listening } from "./listening.ts";
import { memoryPayments, memoryReceipts } from "./memoryPayments.ts";
import type { TestAnswerer, TestPrices } from "./testAnswerer.ts";
import { testAnswerer, testCatalog } from "./testAnswerer.ts";
import { DOMAIN } from "./trapdoorReceipt.ts";

type FacilitatorParts = Pick<PaidChain, "rpcUrl" | "facilitatorKey" | "payTo" | "asset">;

/** A facilitator in this process that settles for the chain's payee. */
export function facilitatorOn({
  rpcUrl,
  facilitatorKey,
  payTo,
  asset,
}: FacilitatorParts): FacilitatorClient {
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

export type PaidGateway = OpenPaidGateway & { readonly answerer: TestAnswerer };

export type OpenPaidGateway = {
  readonly gateway: Gateway;
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

const CHAIN = `eip155:${DOMAIN.chainId}` as const;

/** A gateway on a chain over an answerer of tests, listening and settling until it is closed. */
export async function paidGateway(
  chain: FacilitatorParts,
  parts: PaidGatewayParts = {},
): Promise<PaidGateway> {
  const { answerer = testAnswerer(), prices = { signature: 10n, zk: 25n } } = parts;
  return { ...(await openPaidGateway(chain, answerer, testCatalog(prices), parts)), answerer };
}

/** A gateway on a chain over any answerer. */
export async function openPaidGateway(
  chain: FacilitatorParts,
  answerer: Answerer,
  catalog: Catalog,
  parts: Omit<PaidGatewayParts, "answerer" | "prices"> = {},
): Promise<OpenPaidGateway> {
  const { payments = memoryPayments(), receipts = memoryReceipts() } = parts;
  const { facilitator = facilitatorOn(chain) } = parts;
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
      ...{ catalog, answerer, receipts },
      payments: {
        ...{ facilitator, store: payments, tokens: parts.tokens ?? createTokenReader(reader) },
        ...(parts.mountFacilitator === true ? { mounted: facilitator } : {}),
      },
      ...{ registry: new Registry(), log: pino({ level: "silent" }) },
    },
  );
  const url = await listening(gateway);
  const stop = new AbortController();
  const running = gateway.start(stop.signal);
  return {
    ...{ gateway, payments, receipts, url },
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
