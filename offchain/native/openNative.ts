import { existsSync } from "node:fs";
import { loadAddon } from "./addon.ts";
import { NativeError } from "./errors.ts";
import type { Native } from "./native.ts";
import { nativeOf } from "./nativeOf.ts";
import { builtBinary, PLATFORM, prebuiltBinary } from "./places.ts";

type Opened =
  { readonly native: Native } | { readonly native?: undefined; readonly reason: string };

let opened: Opened | undefined;

/**
 * Returns the native prover: the one of the optional package for this system where it is installed, else the one that
 * was built from these sources (`buildNative`), else `undefined`. Looks once a process, and again where one was built in it.
 */
export function openNative(): Native | undefined {
  opened ??= open();
  return opened.native;
}

/** Looks again, after a binary was built. */
export function reopenNative(): Native | undefined {
  opened = open();
  return opened.native;
}

/** Says in one line where the native prover comes from, or why there is none. */
export function explainNative(): string {
  opened ??= open();
  const { native } = opened;
  if (native === undefined) return opened.reason;
  return `version ${native.version} at ${native.path}`;
}

function open(): Opened {
  const reasons: string[] = [];
  for (const path of [prebuiltBinary(), builtBinary()]) {
    if (path === undefined || !existsSync(path)) continue;
    try {
      return { native: nativeOf(loadAddon(path), path) };
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      const said = error.cause instanceof Error ? error.cause.message : error.message;
      reasons.push(`${path} cannot be loaded: ${said}`);
    }
  }
  const none = "none is installed, none was built (`npm run native:build`, with cargo)";
  return { reason: reasons.join("; ") || `no binary for ${PLATFORM}: ${none}` };
}
