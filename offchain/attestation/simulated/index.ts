export * from "./collateral.ts";
export * from "./development.ts";
export * from "./keys.ts";
export * from "./nitro.ts";
export * from "./quote.ts";
export * from "./vendor.ts";
