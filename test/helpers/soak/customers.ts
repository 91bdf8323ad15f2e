import type { Hex, RequestId } from "@vouch/protocol";
import {
  allOf,
  packWords,
  parseEscrowPayment,
  quantizeTensor,
  requestIdOf,
  requireSignature,
} from "@vouch/protocol";
import type { EscrowAsk, EscrowScheme, VoucherAsk } from "@vouch/sdk";
import { escrowScheme, voucherScheme } from "@vouch/sdk";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { id, Wallet } from "ethers";
import { privateKeyToAccount } from "viem/accounts";
import type { PublishedModel } from "../../../scripts/demo/scenario.ts";
import type { Chain } from "../../../offchain/hardhat/tasks/openChain.ts";
import type { OperatorSite } from "../operatorProcess.ts";
import { FUNDS } from "../operatorProcess.ts";
import type { Draw } from "./schedule.ts";

/** How an answer is paid for: by a transfer, by an escrow, by one that no worker takes for its fee, by a voucher. */
export type PurchaseKind = "payment" | "escrow" | "refused" | "batch" | "record";

/** A question to the tiny model, and how it is paid for. */
export type Question = {
  readonly kind: PurchaseKind;
  readonly tensor: readonly number[];
  /** The words that it is packed to. */
  readonly input: readonly bigint[];
};

/** Who buys by HTTP: one payer by transfers and vouchers, another by escrows. */
export type Customers = {
  readonly escrower: Hex;
  readonly question: (index: number, kind: PurchaseKind) => Question;
  /**
   * `fetch` of the stock x402 client, which pays for one question; `onRequest` is called with the id of a request that it signed.
   */
  readonly pay: (
    question: Question,
    fetcher: typeof fetch,
    onRequest: (id: RequestId) => void,
  ) => typeof fetch;
};

/** What an answer costs, in the token's smallest unit; what is refused costs less than the workers' least fee. */
export const PRICE = 10n;
export const REFUSED_PRICE = 1n;
export const MIN_TOKEN_FEE = 5n;
export const DEPOSIT = 100_000n;
export const RESOURCE = "/v1/infer/tiny";
/** What each of a hundred purchases is. */
const SHARES: readonly (readonly [PurchaseKind, number])[] = [
  ["escrow", 12],
  ["refused", 4],
  ["batch", 8],
  ["record", 8],
];

export function drawPurchase(draw: Draw): PurchaseKind {
  let lot = draw(0, 99);
  for (const [kind, share] of SHARES) {
    if (lot < share) return kind;
    lot -= share;
  }
  return "payment";
}

/** The settlement by which a question is paid for. */
export function wayOf({ kind }: Question): string {
  return kind === "escrow" || kind === "refused" ? "individual" : kind;
}

/** Gives the customers what they pay with: tokens to both, a deposit in the ledger to one. */
export async function openCustomers(
  { token, payer, deposit, asset, operator }: OperatorSite,
  { chain, model }: { readonly chain: Chain; readonly model: PublishedModel },
): Promise<Customers> {
  const { deployment, domain } = chain;
  const { chainId } = domain;
  const network = `eip155:${chainId}` as const;
  const escrower = new Wallet(id("vouch.soak.escrower"));
  await (await token.mint(escrower.address, FUNDS)).wait();
  await deposit(DEPOSIT);
  const account = privateKeyToAccount(payer.privateKey as Hex);
  const terms = { ...{ token: asset, release: model.id }, policy: allOf([requireSignature()]) };

  function escrowing(input: readonly bigint[], onRequest: (id: RequestId) => void): EscrowScheme {
    const { inferenceRequests: requests, requestFunding: funding } = deployment;
    const limits = { maxEscrow: PRICE, maxSeconds: 86_400 };
    const ask: EscrowAsk = { ...terms, ...limits, chainId, requests, funding, input };
    // A little behind the chain's time, which a reorganisation may set back.
    const client = escrowScheme(ask, { signer: escrower, now: () => now() - 2 });
    return {
      scheme: client.scheme,
      async createPaymentPayload(version, offer) {
        const made = await client.createPaymentPayload(version, offer);
        const { requester, params } = parseEscrowPayment(made.payload);
        onRequest(requestIdOf({ chainId, requests }, requester, params.nonce));
        return made;
      },
    };
  }

  function vouching({ tensor, input }: Question) {
    const { evidenceRouter: router, receiptLedger: ledger } = deployment;
    const settlements = ["batch", "record"] as const;
    const limits = { maxAmount: PRICE, maxSeconds: 86_400, settlements };
    const sent = { resource: RESOURCE, body: { tensor } };
    const ask: VoucherAsk = {
      ...terms,
      ...limits,
      ...sent,
      chainId,
      router,
      ledger,
      operator,
      input,
    };
    return voucherScheme(ask, { signer: payer });
  }

  function clientOf(question: Question, onRequest: (id: RequestId) => void) {
    const { kind, input } = question;
    if (kind === "payment") return new ExactEvmScheme(account);
    if (kind === "escrow" || kind === "refused") return escrowing(input, onRequest);
    return vouching(question);
  }

  return {
    escrower: escrower.address.toLowerCase() as Hex,
    question(index, kind) {
      const tensor = [(index % 64) / 64, 0.25, -0.5, 0.125];
      const { input } = model.prepared.compiled;
      return { kind, tensor, input: packWords(quantizeTensor(tensor, input), input) };
    },
    pay(question, fetcher, onRequest) {
      const way = wayOf(question);
      return wrapFetchWithPaymentFromConfig(fetcher, {
        schemes: [{ network, client: clientOf(question, onRequest) }],
        spendControls: { allowedAssets: [{ network, asset }] },
        policies: [
          (_version, offers) =>
            offers.filter(
              ({ extra }) => (extra["vouch"] as { readonly settlement: string }).settlement === way,
            ),
        ],
      });
    },
  };
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}
