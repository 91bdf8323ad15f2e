// OpenAI's client, verified.
export { sdkErrorIn, vouchOf } from "./vouchOf.ts";
export type { Vouched } from "./vouchOf.ts";
export { verified } from "./verified.ts";
export type { OpenAiClient, VerifiedOptions } from "./verified.ts";
