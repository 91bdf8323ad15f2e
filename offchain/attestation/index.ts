export * from "./bindReportData.ts";
export * from "./calldata.ts";
export * from "./collateral.ts";
export * from "./errors.ts";
export * from "./readQuote.ts";
export * from "./verifyQuote.ts";
