export * from "./keys.ts";
export * from "./quote.ts";
export * from "./vendor.ts";
