export * from "./ageKeys.ts";
export * from "./errors.ts";
export * from "./grant.ts";
export * from "./holders.ts";
export * from "./openings.ts";
export * from "./seal.ts";
export * from "./sealingKey.ts";
export * from "./unseal.ts";
