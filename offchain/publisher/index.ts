export * from "./bundle.ts";
export * from "./errors.ts";
export * from "./home.ts";
export * from "./prepareRelease.ts";
export * from "./provingKey.ts";
export * from "./publishRelease.ts";
export * from "./samples.ts";
export * from "./verifyRelease.ts";
