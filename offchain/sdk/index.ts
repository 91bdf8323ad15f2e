// The package's public surface.
export * from "./chainTime.ts";
export * from "./earnings.ts";
export * from "./errors.ts";
export * from "./escrowScheme.ts";
export * from "./estimateEscrow.ts";
export * from "./fetchReceipt.ts";
export * from "./fetchRecordedBatch.ts";
export * from "./fetchRecordedProof.ts";
export * from "./fetchRelease.ts";
export * from "./quotePolicy.ts";
export * from "./requestInference.ts";
export * from "./verificationGas.ts";
export * from "./voucherScheme.ts";
export * from "./waitForFulfilment.ts";
export type { X402Client, X402Offer } from "./x402Client.ts";
export { verifyReceipt } from "@vouch/protocol";
