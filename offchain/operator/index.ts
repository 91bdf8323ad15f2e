// The package's public surface.
export type { OperatorConfig } from "./config/operatorConfig.ts";
export * from "./config/readOperatorConfig.ts";
export * from "./errors.ts";
export * from "./openOperator.ts";
export * from "./payments/chainClient.ts";
export * from "./payments/facilitatorSigner.ts";
export type { Payments } from "./payments/openPayments.ts";
export * from "./prices/createCatalog.ts";
export * from "./prices/parsePriceRule.ts";
export type { SoldRelease } from "./prices/soldRelease.ts";
export * from "./pruneReceipts.ts";
export * from "./runOperator.ts";
