import type { AssetAmount, PaymentRequirements, SchemeNetworkServer } from "@x402/core/types";
import { ESCROW_SCHEME } from "@vouch/protocol";
import { GatewayError } from "../../errors.ts";

/** `vouch-escrow` as x402's resource servers register it: prices come whole, as amounts of a token. */
export const ESCROW_SERVER_SCHEME: SchemeNetworkServer = {
  scheme: ESCROW_SCHEME,
  defaultAssetTransferMethod: "default",
  // x402's flow `escrow` leaves the verification to the settlement: `verifyPayment` would say yes to anything.
  paymentFlows: { default: { supported: ["authorization"], default: "authorization" } },
  parsePrice(price): Promise<AssetAmount> {
    if (typeof price === "object") return Promise.resolve(price);
    const reason = "an escrow is priced in units of its token";
    return Promise.reject(new GatewayError({ code: "OPTIONS_INVALID", reason }));
  },
  enhancePaymentRequirements: (requirements): Promise<PaymentRequirements> =>
    Promise.resolve(requirements),
};
