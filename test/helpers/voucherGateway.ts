/** Test only: a gateway whose receipts are settled in batches, by an operator whose receipts follow from a trapdoor. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import type {
  Answerer,
  GatewayOptions,
  LedgerChain,
  LedgerSend,
  PaymentStore,
  Price,
  ReceiptStore,
  RecordStore,
  SettlementMode,
} from "@vouch/gateway";
import {
  createGateway,
  createLedgerChain,
  createLocalFacilitator,
  createTokenReader,
  folderRecords,
  storedPayments,
  storedVouchers,
} from "@vouch/gateway";
import type { Domain, Hex, Release, ReleaseId } from "@vouch/protocol";
import {
  circuitId,
  connectLedger,
  packWords,
  parseAddress,
  releaseId,
  wordToHex,
} from "@vouch/protocol";
import { publishRelease } from "@vouch/publisher";
import type { Store } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import type { VoucherAsk, VoucherSchemeDeps } from "@vouch/sdk";
import { voucherScheme } from "@vouch/sdk";
import { Wallet, id } from "ethers";
import { network } from "hardhat";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { ReceiptLedger, TokenAuthorization } from "../../offchain/protocol/typechain/index.ts";
import { TokenAuthorization__factory } from "../../offchain/protocol/typechain/index.ts";
import type { Connection, Deployment } from "./deployVouch.ts";
import { deployVouch } from "./deployVouch.ts";
import { listening } from "./listening.ts";
import { memoryReceipts } from "./memoryPayments.ts";
import { readerOver, signerOver } from "./signerOver.ts";
import { SILENT, fillFolder } from "./stores.ts";
import { PROOF, SIGNATURE } from "./testAnswerer.ts";
import { CIRCUIT, OPERATOR, OPERATOR_KEY, RELEASE, trapdoorReceipt } from "./trapdoorReceipt.ts";

export { PROOF, SIGNATURE };
export const PRICE = 1_000n;
export const DEPOSIT = 10_000n;
const ETHER = 10n ** 18n;

/** A ledger, a staked operator with a published release, a token, and a requester with a deposit. */
export type VoucherScenario = {
  readonly chain: Connection;
  readonly vouch: Deployment;
  readonly ledger: ReceiptLedger;
  readonly domain: Domain;
  readonly release: Release;
  readonly id: ReleaseId;
  readonly token: TokenAuthorization;
  readonly asset: Hex;
  readonly address: Hex;
  readonly operator: Wallet;
  readonly payer: Wallet;
  readonly store: Store;
  readonly records: RecordStore;
  readonly close: () => Promise<void>;
};

export async function openVoucherScenario(): Promise<VoucherScenario> {
  const chain = await network.create();
  const { ethers } = chain;
  const vouch = await deployVouch(chain);
  const [deployer] = await ethers.getSigners();
  const operator = inTurn(new Wallet(OPERATOR_KEY.privateKey, ethers.provider));
  const payer = new Wallet(id("vouch.test.requester"), ethers.provider);
  const facilitator = new Wallet(id("vouch.test.facilitator"));
  for (const to of [operator, payer, facilitator])
    await deployer!.sendTransaction({ to: to.address, value: 100n * ETHER });
  const publisher = parseAddress(deployer!.address);
  const release: Release = { ...RELEASE, publisher, circuit: circuitId(CIRCUIT) };
  const { models, circuits, vault, signatures, ledger, router } = vouch;
  const bundle = { id: releaseId(release), release, circuit: CIRCUIT };
  await publishRelease({ models, circuits }, bundle);
  await vault.connect(operator).stake({ value: 11n * ETHER });
  await vault.connect(operator).authorise(signatures, true);
  await signatures.connect(operator).post(ETHER);

  const token = await new TokenAuthorization__factory(deployer!).deploy();
  await token.mint(payer.address, 100n * DEPOSIT);
  await token.connect(payer).approve(ledger, 100n * DEPOSIT);
  const folder = mkdtempSync(join(tmpdir(), "vouch-vouchers-"));
  await fillFolder(folder);
  const store = await openStore({ folder }, { log: SILENT });
  const { chainId } = await ethers.provider.getNetwork();
  return {
    ...{ chain, vouch, ledger, release, id: bundle.id, token, operator, payer, store },
    records: folderRecords(join(folder, "records")),
    domain: { chainId, router: parseAddress(await router.getAddress()) },
    asset: parseAddress(await token.getAddress()),
    address: parseAddress(await ledger.getAddress()),
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Has a key send one after the other: gateway and test share the operator's, and each asks the chain for a nonce. */
function inTurn(wallet: Wallet): Wallet {
  const send = wallet.sendTransaction.bind(wallet);
  let last: Promise<unknown> = Promise.resolve();
  wallet.sendTransaction = (transaction) => {
    const sent = last.then(() => send(transaction));
    last = sent.catch(() => undefined); // whoever sent it is told
    return sent;
  };
  return wallet;
}

/** The ledger as a gateway of the scenario sees it; each intent is sent as often as it is asked, unless `send` knows better. */
export async function ledgerChain(
  scenario: VoucherScenario,
  send: LedgerSend = sendAlways(scenario),
): Promise<LedgerChain> {
  const { operator, asset, address, vouch } = scenario;
  const contracts = await connectLedger(address, operator);
  const { signatures } = vouch;
  const chain = createLedgerChain(
    { operator: OPERATOR, token: asset },
    { ...contracts, signatures, send },
  );
  return {
    ...chain,
    // As of an operator that renews its bond in time: tests take weeks of the chain's.
    means: async (count) => ({
      ...(await chain.means(count)),
      ...{ bond: ETHER, lapsesAt: Number.MAX_SAFE_INTEGER },
    }),
  };
}

function sendAlways({ operator }: VoucherScenario): LedgerSend {
  return async ({ to, data, value = 0n }) => {
    const gasLimit = await operator.estimateGas({ to, data, value });
    const sent = await operator.sendTransaction({ to, data, value, gasLimit: gasLimit * 2n });
    return { status: (await sent.wait())?.status ?? 0 };
  };
}

export type VoucherGatewayParts = {
  readonly chain?: LedgerChain;
  readonly receipts?: ReceiptStore;
  readonly operator?: Hex;
  readonly voucher?: Partial<NonNullable<NonNullable<GatewayOptions["payments"]>["voucher"]>>;
  readonly options?: Partial<GatewayOptions>;
};

export type VoucherGateway = {
  readonly url: string;
  readonly payments: PaymentStore;
  readonly receipts: ReceiptStore;
  readonly asked: () => number;
  readonly close: () => Promise<void>;
};

/** A gateway on a scenario, listening and settling until it is closed; its payments are those of the scenario's store. */
export async function voucherGateway(
  scenario: VoucherScenario,
  parts: VoucherGatewayParts = {},
): Promise<VoucherGateway> {
  const { chain, domain, asset, address, store } = scenario;
  const { receipts = memoryReceipts(), operator = OPERATOR } = parts;
  const { provider } = chain;
  const payments = storedPayments(store.sql);
  let asked = 0;
  const answerer: Answerer = {
    infer({ requestId: request, input, policy }) {
      asked += 1;
      const kinds = policy === PROOF ? (["signature", "zk"] as const) : (["signature"] as const);
      const { publisher } = scenario.release;
      return Promise.resolve(
        trapdoorReceipt({ ...{ domain, request, input, kinds }, release: { publisher } }),
      );
    },
    text: () => {
      throw new Error("no text is served");
    },
  };
  const { chainId } = domain;
  const gateway = await createGateway(
    {
      ...{ domain, publicUrl: "http://gateway.test", ...parts.options },
      payments: {
        ...{ payTo: OPERATOR, token: { asset, name: "Authorization", version: "1" } },
        voucher: { ledger: address, operator, batchSeconds: 0, pollMs: 10, ...parts.voucher },
        sweepMs: 50,
      },
    },
    {
      ...{ catalog: catalogOf(scenario), answerer, receipts },
      payments: {
        facilitator: createLocalFacilitator(
          { chainId, payees: [OPERATOR], assets: [asset] },
          { signer: signerOver(provider, id("vouch.test.facilitator") as Hex) },
        ),
        ...{ store: payments, tokens: createTokenReader(readerOver(provider)) },
        voucher: {
          chain: parts.chain ?? (await ledgerChain(scenario)),
          store: storedVouchers(store.sql),
          records: scenario.records,
        },
      },
      ...{ registry: new Registry(), log: pino({ level: "silent" }) },
    },
  );
  const url = await listening(gateway);
  const stop = new AbortController();
  const running = gateway.start(stop.signal);
  return {
    ...{ url, payments, receipts, asked: () => asked },
    async close() {
      await gateway.close();
      stop.abort();
      await running;
    },
  };
}

function catalogOf({ id: release, release: described }: VoucherScenario) {
  const settlement: Price["settlement"] = ["payment", "batch", "record"];
  const offer = {
    ...{ id: release, name: "credit", release: described, circuit: CIRCUIT },
    ...{ created: 1_700_000_000, text: null },
    prices: [
      { name: "signature", policy: SIGNATURE, amount: PRICE, settlement },
      { name: "zk", policy: PROOF, amount: 2n * PRICE, settlement: ["batch"] as const },
    ],
  };
  return {
    list: () => [offer],
    find: (model: string) => (model === offer.id || model === offer.name ? offer : undefined),
  };
}

export const RESOURCE = "/v1/infer/credit";

/** What is asked, by a number that tells questions apart. */
export function bodyOf(question: number): {
  readonly words: readonly bigint[];
  readonly body: { readonly words: readonly Hex[] };
} {
  const elements = Array.from({ length: 20 }, (_, i) => BigInt(i + question));
  const words = packWords(elements, CIRCUIT.input);
  return { words, body: { words: words.map(wordToHex) } };
}

/** What a requester of a scenario is ready to pay for. */
export function askOf(scenario: VoucherScenario, question: number): VoucherAsk {
  const { domain, address, asset, id: release } = scenario;
  const { words: input, body } = bodyOf(question);
  return {
    ...{ ...domain, ledger: address, operator: OPERATOR, token: asset, release, input },
    ...{ policy: SIGNATURE, resource: RESOURCE, body, maxAmount: 2n * PRICE, maxSeconds: 86_400 },
    settlements: ["batch", "record"],
  };
}

/** Signs as the scenario's payer, by the chain's clock. */
export function schemeDeps(
  { chain, payer }: VoucherScenario,
  change: Partial<VoucherSchemeDeps> = {},
): VoucherSchemeDeps {
  return { signer: payer, now: () => chain.networkHelpers.time.latest(), ...change };
}

export type BuyParts = {
  readonly ask?: VoucherAsk;
  readonly deps?: VoucherSchemeDeps;
  readonly policy?: string;
  readonly settlement?: SettlementMode;
};

/** Pays for a question with the stock x402 client; returns the answer, and the header that paid. */
export async function buy(
  scenario: VoucherScenario,
  url: string,
  question: number,
  {
    ask = askOf(scenario, question),
    deps = schemeDeps(scenario),
    policy = "signature",
    settlement = "batch",
  }: BuyParts = {},
): Promise<{ readonly response: Response; readonly header: string }> {
  let header = "";
  const keeping: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    header = request.headers.get("payment-signature") ?? header;
    return fetch(request);
  };
  const chain = `eip155:${ask.chainId}` as const;
  const pay = wrapFetchWithPaymentFromConfig(keeping, {
    schemes: [{ network: chain, client: voucherScheme(ask, deps) }],
    spendControls: { allowedAssets: [{ network: chain, asset: ask.token }] },
    policies: [
      (_, accepts) =>
        accepts.filter(
          ({ extra }) => (extra["vouch"] as { settlement: string }).settlement === settlement,
        ),
    ],
  });
  const response = await pay(`${url}${RESOURCE}`, post(question, policy));
  return { response, header };
}

/** A request for a question, paid by a header. */
export function post(question: number, policy = "signature", payment?: string): RequestInit {
  return {
    method: "POST",
    headers: {
      ...{ "content-type": "application/json", "x-vouch-policy": policy },
      ...(payment === undefined ? {} : { "payment-signature": payment }),
    },
    body: JSON.stringify(bodyOf(question).body),
  };
}
