import type { PaymentRequirements } from "@x402/core/types";
import { ESCROW_SCHEME, VOUCHER_SCHEME } from "@vouch/protocol";
import type { PaymentBinding, PaymentStore } from "./paymentStore.ts";

const SCHEMES = ["exact", ESCROW_SCHEME, VOUCHER_SCHEME] as const;

/** The x402 schemes that a gateway takes. */
export type PaymentScheme = (typeof SCHEMES)[number];

/** Returns the scheme that a payment was bound under. */
export function schemeOf({ terms }: PaymentBinding): PaymentScheme {
  const { requirements } = JSON.parse(terms) as { requirements: PaymentRequirements };
  return SCHEMES.find((it) => it === requirements.scheme) ?? "exact";
}

/** Returns a store whose open payments are those of one scheme: each is settled in its own way. */
export function ofScheme(payments: PaymentStore, scheme: PaymentScheme): PaymentStore {
  return {
    ...payments,
    open: (filter) => payments.open({ ...filter, scheme }),
    count: (filter) => payments.count({ ...filter, scheme }),
  };
}
