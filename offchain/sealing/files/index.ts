export * from "./sealPayload.ts";
export * from "./sealStream.ts";
export * from "./unsealStream.ts";
