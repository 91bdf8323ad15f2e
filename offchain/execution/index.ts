export * from "./backend.ts";
export * from "./errors.ts";
export * from "./executable.ts";
export * from "./integerSession.ts";
export * from "./onnxBackend.ts";
export * from "./openExecutable.ts";
export * from "./readVerified.ts";
export type { SessionCacheStats } from "./sessionCache.ts";
