// The package's public surface.
export * from "./answerer.ts";
export * from "./catalog.ts";
export * from "./createGateway.ts";
export * from "./errors.ts";
export type { EscrowContracts } from "./facilitator/escrowFacilitator.ts";
export * from "./facilitator/localFacilitator.ts";
export * from "./facilitator/settlementGas.ts";
export * from "./facilitator/viemSigner.ts";
export type { GatewayOptions } from "./options.ts";
export * from "./payment/escrow/escrowChain.ts";
export * from "./payment/paymentStore.ts";
export type { PaymentToken } from "./payment/paywall.ts";
export * from "./payment/readOwed.ts";
export * from "./payment/storedPayments.ts";
export * from "./payment/tokenReader.ts";
export * from "./storedReceipts.ts";
export type {
  LedgerChain,
  LedgerChainDeps,
  LedgerIntent,
  LedgerSend,
} from "./payment/voucher/ledgerChain.ts";
export { createLedgerChain } from "./payment/voucher/ledgerChain.ts";
export * from "./payment/voucher/voucherStore.ts";
export * from "./records/contentId.ts";
export * from "./records/recordStore.ts";
export type { PaymentDeps } from "./till.ts";
