export * from "./askLocal.ts";
export * from "./detectGuest.ts";
export * from "./guestFiles.ts";
export { type GuestTee, type QuoteSource } from "./quoteSource.ts";
export * from "./rtmr.ts";
