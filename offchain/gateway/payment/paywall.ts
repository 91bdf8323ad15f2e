import { x402ResourceServer } from "@x402/core/server";
import type { FacilitatorClient } from "@x402/core/server";
import type {
  Network,
  PaymentPayload,
  PaymentRequired,
  PaymentRequirements,
  SettleResponse,
} from "@x402/core/types";
import { VerifyError } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm/exact/server";
import type { Hex } from "@vouch/protocol";
import {
  ESCROW_SCHEME,
  VOUCHER_SCHEME,
  describePolicy,
  escrowOf,
  escrowTermsToJson,
} from "@vouch/protocol";
import type { HashedPrice, SettlementMode } from "../catalog.ts";
import { DEFAULT_SETTLEMENT } from "../catalog.ts";
import { GatewayError } from "../errors.ts";
import { ESCROW_SERVER_SCHEME } from "./escrow/escrowServerScheme.ts";
import type { EscrowOptions, EscrowQuestion } from "./escrow/escrowTermsOf.ts";
import { escrowTermsOf } from "./escrow/escrowTermsOf.ts";
import { SETTLEMENT_FACTS } from "./settlementFacts.ts";
import type { VoucherOptions } from "./voucher/voucherOfferOf.ts";
import type { VoucherStanding } from "./voucher/voucherStanding.ts";
import { voucherOfferOf } from "./voucher/voucherOfferOf.ts";

/** The token that a gateway is paid in; name and version are those of its EIP-712 domain. */
export type PaymentToken = {
  readonly asset: Hex;
  readonly name: string;
  readonly version: string;
};

export type PaywallOptions = {
  readonly chainId: bigint;
  readonly token: PaymentToken;
  readonly payTo: Hex;
  /** How long a payment that is signed now can be taken. */
  readonly maxTimeoutSeconds: number;
  /** How payments are held until they are proven; without it none is. */
  readonly escrow?: EscrowOptions | undefined;
  /** Where vouchers are redeemed; without it none is taken. */
  readonly voucher?: VoucherOptions | undefined;
  /** Whether there is a store of records. */
  readonly keepsRecords: boolean;
};

/** One way to pay a price. */
export type PriceOffer = {
  readonly price: HashedPrice;
  readonly requirements: PaymentRequirements;
};

export type PaywallDeps = {
  readonly facilitator: FacilitatorClient;
  /** Whether what vouchers promise can be kept; goes with `PaywallOptions.voucher`. */
  readonly standing?: Pick<VoucherStanding, "doubtOf"> | undefined;
};

/** x402 v2 as a resource server speaks it: requirements out, payments in; a facilitator does the rest. */
export type Paywall = {
  /** Asks the facilitator what it settles; to be called before anything else. */
  readonly initialize: () => Promise<void>;
  /**
   * One for each way to settle each price that is not free, in their order.
   *
   * @param question what an escrow would hold the payment for; `null` where the chain has no form of it: a text
   * @throws {GatewayError} `OPTIONS_INVALID` for a price that is settled by an escrow that is not set up.
   */
  readonly offersOf: (
    prices: readonly HashedPrice[],
    question: EscrowQuestion | null,
  ) => Promise<PriceOffer[]>;
  /**
   * Those of them that can be kept now.
   *
   * @throws {GatewayError} `SETTLEMENT_UNAVAILABLE` where there are some, and none can.
   */
  readonly listedOf: (
    prices: readonly HashedPrice[],
    question: EscrowQuestion | null,
  ) => Promise<PriceOffer[]>;
  readonly requiredResponse: (
    requirements: readonly PaymentRequirements[],
    resource: string,
    error: string,
  ) => Promise<PaymentRequired>;
  readonly match: (
    offers: readonly PriceOffer[],
    payment: PaymentPayload,
  ) => PriceOffer | undefined;
  /** @throws {GatewayError} `PAYMENT_INVALID`, `FACILITATOR_UNAVAILABLE`. */
  readonly verify: (payment: PaymentPayload, requirements: PaymentRequirements) => Promise<void>;
  /** Rejects where the outcome is not known. */
  readonly settle: (
    payment: PaymentPayload,
    requirements: PaymentRequirements,
  ) => Promise<SettleResponse>;
};

/**
 * Speaks `exact` over EIP-3009, the one scheme whose payment a stock client can make without any call of its own, and, where it is
 * set up, `vouch-escrow` and `vouch-voucher`. The last needs no facilitator: the gateway's own operator posts and claims.
 */
export function createPaywall(
  { chainId, token, payTo, maxTimeoutSeconds, escrow, voucher, keepsRecords }: PaywallOptions,
  { facilitator, standing }: PaywallDeps,
): Paywall {
  const network: Network = `eip155:${chainId}`;
  const server = new x402ResourceServer(facilitator).register(network, new ExactEvmScheme());
  if (escrow !== undefined) server.register(network, ESCROW_SERVER_SCHEME);
  const schemes = ["exact", ...(escrow === undefined ? [] : [ESCROW_SCHEME])];
  const tokenOf = { name: token.name, version: token.version };

  async function build(
    price: HashedPrice,
    mode: SettlementMode,
    question: EscrowQuestion | null,
  ): Promise<PaymentRequirements[]> {
    const amountOf = (amount: bigint) => ({ asset: token.asset, amount: amount.toString() });
    if (mode === "payment")
      return server.buildPaymentRequirements({
        ...{ scheme: "exact", network, payTo, maxTimeoutSeconds, price: amountOf(price.amount) },
        extra: { ...tokenOf, vouch: extraOf(price, mode) },
      });
    if (question === null) return [];
    const notSet = (name: string): GatewayError => {
      const reason = `the price '${price.name}' is settled by '${mode}', and payments.${name} is not set`;
      return new GatewayError({ code: "OPTIONS_INVALID", reason });
    };
    if (mode === "batch" || mode === "record") {
      if (voucher === undefined) throw notSet("voucher");
      if (mode === "record" && !keepsRecords) throw notSet("voucher with a store of records");
      return [
        {
          ...{ scheme: VOUCHER_SCHEME, network, payTo: voucher.ledger, ...amountOf(price.amount) },
          maxTimeoutSeconds: voucher.seconds,
          extra: {
            ...{ ...tokenOf, vouch: extraOf(price, mode) },
            voucher: voucherOfferOf(question, price, voucher),
          },
        },
      ];
    }
    if (escrow === undefined) throw notSet("escrow");
    const terms = escrowTermsOf(question, price, escrow);
    const amount = escrowOf({ ...terms, maxFee: terms.fee, callbackGas: 0, provisionalGas: 0 });
    return server.buildPaymentRequirements({
      ...{ scheme: ESCROW_SCHEME, network, payTo: escrow.requests, price: amountOf(amount) },
      maxTimeoutSeconds: escrow.seconds,
      extra: { ...tokenOf, vouch: extraOf(price, mode), escrow: escrowTermsToJson(terms) },
    });
  }

  async function offersOf(
    prices: readonly HashedPrice[],
    question: EscrowQuestion | null,
  ): Promise<PriceOffer[]> {
    const built = prices
      .filter(({ amount }) => amount > 0n)
      .flatMap((price) =>
        (price.settlement ?? DEFAULT_SETTLEMENT).map(async (mode) => {
          const requirements = await build(price, mode, question);
          return requirements.map((it) => ({ price, requirements: it }));
        }),
      );
    return (await Promise.all(built)).flat();
  }

  /** Returns why an offer could not be kept; `null` where it could. */
  async function doubtOf(
    { price, requirements }: PriceOffer,
    question: EscrowQuestion | null,
  ): Promise<string | null> {
    if (requirements.scheme !== VOUCHER_SCHEME || question === null) return null;
    return (await standing?.doubtOf(price, question)) ?? null;
  }

  return {
    async initialize() {
      try {
        await server.initialize();
      } catch (cause) {
        throw new GatewayError(
          { code: "FACILITATOR_UNAVAILABLE", operation: "supported" },
          { cause },
        );
      }
      const missing = schemes.find((it) => server.getSupportedKind(2, network, it) === undefined);
      if (missing !== undefined)
        throw new GatewayError({
          code: "OPTIONS_INVALID",
          reason: `the facilitator does not settle '${missing}' on ${network}`,
        });
    },
    offersOf,
    async listedOf(prices, question) {
      const offers = await offersOf(prices, question);
      const doubts = await Promise.all(offers.map((it) => doubtOf(it, question)));
      const kept = offers.filter((_, index) => doubts[index] === null);
      const [reason] = doubts;
      if (kept.length === 0 && reason !== undefined && reason !== null)
        throw new GatewayError({ code: "SETTLEMENT_UNAVAILABLE", reason });
      return kept;
    },
    requiredResponse: (requirements, url, error) =>
      server.createPaymentRequiredResponse(
        [...requirements],
        { url, mimeType: "application/json" },
        error,
      ),
    match(offers, payment) {
      const found = server.findMatchingRequirements(
        offers.map(({ requirements }) => requirements),
        payment,
      );
      return offers.find(({ requirements }) => requirements === found);
    },
    async verify(payment, requirements) {
      const { isValid, invalidReason } = await verified(server, payment, requirements);
      if (!isValid)
        throw new GatewayError({ code: "PAYMENT_INVALID", reason: invalidReason ?? "refused" });
    },
    settle: (payment, requirements) => server.settlePayment(payment, requirements),
  };
}

/** What a requirement says beyond x402: which evidence it buys, how it is settled, and what happens to the payment without it. */
function extraOf({ name, policy, policyHash }: HashedPrice, settlement: SettlementMode): object {
  return {
    ...{ policy: name, policyHash, demands: describePolicy(policy), settlement },
    ...SETTLEMENT_FACTS[settlement],
  };
}

async function verified(
  server: x402ResourceServer,
  payment: PaymentPayload,
  requirements: PaymentRequirements,
): Promise<Awaited<ReturnType<x402ResourceServer["verifyPayment"]>>> {
  try {
    return await server.verifyPayment(payment, requirements);
  } catch (cause) {
    if (cause instanceof VerifyError) {
      // An answer after all: some facilitators refuse with an HTTP status, too.
      return { isValid: false, invalidReason: cause.invalidReason ?? "refused" };
    }
    throw new GatewayError({ code: "FACILITATOR_UNAVAILABLE", operation: "verify" }, { cause });
  }
}
