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
import { describePolicy } from "@vouch/protocol";
import type { HashedPrice } from "../catalog.ts";
import { GatewayError } from "../errors.ts";

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
};

/** x402 v2 as a resource server speaks it: requirements out, payments in; a facilitator does the rest. */
export type Paywall = {
  /** Asks the facilitator what it settles; to be called before anything else. */
  readonly initialize: () => Promise<void>;
  /** One entry a price that is not free, in their order. */
  readonly requirementsOf: (prices: readonly HashedPrice[]) => Promise<PaymentRequirements[]>;
  readonly requiredResponse: (
    requirements: readonly PaymentRequirements[],
    resource: string,
    error: string,
  ) => Promise<PaymentRequired>;
  readonly match: (
    requirements: readonly PaymentRequirements[],
    payment: PaymentPayload,
  ) => PaymentRequirements | undefined;
  /** @throws {GatewayError} `PAYMENT_INVALID`, `FACILITATOR_UNAVAILABLE`. */
  readonly verify: (payment: PaymentPayload, requirements: PaymentRequirements) => Promise<void>;
  /** Rejects where the outcome is not known. */
  readonly settle: (
    payment: PaymentPayload,
    requirements: PaymentRequirements,
  ) => Promise<SettleResponse>;
};

/** Speaks `exact` over EIP-3009: the one scheme whose payment a stock client can make without any call of its own. */
export function createPaywall(
  { chainId, token, payTo, maxTimeoutSeconds }: PaywallOptions,
  { facilitator }: { readonly facilitator: FacilitatorClient },
): Paywall {
  const network: Network = `eip155:${chainId}`;
  const server = new x402ResourceServer(facilitator).register(network, new ExactEvmScheme());
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
      if (server.getSupportedKind(2, network, "exact") === undefined)
        throw new GatewayError({
          code: "OPTIONS_INVALID",
          reason: `the facilitator does not settle 'exact' on ${network}`,
        });
    },
    async requirementsOf(prices) {
      const built = prices
        .filter(({ amount }) => amount > 0n)
        .map((price) =>
          server.buildPaymentRequirements({
            scheme: "exact",
            network,
            payTo,
            maxTimeoutSeconds,
            price: { asset: token.asset, amount: price.amount.toString() },
            extra: { name: token.name, version: token.version, vouch: extraOf(price) },
          }),
        );
      return (await Promise.all(built)).flat();
    },
    requiredResponse: (requirements, url, error) =>
      server.createPaymentRequiredResponse(
        [...requirements],
        { url, mimeType: "application/json" },
        error,
      ),
    match: (requirements, payment) => server.findMatchingRequirements([...requirements], payment),
    async verify(payment, requirements) {
      const { isValid, invalidReason } = await verified(server, payment, requirements);
      if (!isValid)
        throw new GatewayError({ code: "PAYMENT_INVALID", reason: invalidReason ?? "refused" });
    },
    settle: (payment, requirements) => server.settlePayment(payment, requirements),
  };
}

/** What a requirement says beyond x402: which evidence it buys, and what happens to the payment without it. */
function extraOf({ name, policy, policyHash }: HashedPrice): object {
  return {
    policy: name,
    policyHash,
    demands: describePolicy(policy),
    // `exact` neither holds funds nor gives them back: what is not owed is not taken, and the authorization expires.
    voidable: false,
    capture: "by the gateway's word, after the answer",
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
