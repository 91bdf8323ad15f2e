// The package's public surface.
export { buildNative } from "./buildNative.ts";
export type { BuildNativeOptions } from "./buildNative.ts";
export { NativeError } from "./errors.ts";
export type { NativeProblem } from "./errors.ts";
export type {
  CommittedGroups,
  CommittedKey,
  EliminatedInput,
  Native,
  NativeKey,
  NativeOptions,
  NativeTape,
} from "./native.ts";
export { explainNative, openNative } from "./openNative.ts";
export { packNative } from "./packNative.ts";
