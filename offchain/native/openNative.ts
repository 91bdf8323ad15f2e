import { existsSync } from "node:fs";
import { loadAddon } from "./addon.ts";
import { NativeError } from "./errors.ts";
import type { Native } from "./native.ts";
import { nativeOf } from "./nativeOf.ts";
import { builtBinary, PLATFORM, prebuiltBinary } from "./places.ts";

type Opened =
  | { readonly native: Native }
  | { readonly native?: undefined; readonly reason: string; readonly cause?: unknown };

let opened: Opened | undefined;

/**
 * Returns the native prover: the one of the optional package for this system where it is installed, else the one that
 * was built from these sources (`buildNative`), else `undefined`. What was found stays; what was not is looked for anew.
 */
export function openNative(): Native | undefined {
  opened = opened?.native === undefined ? open() : opened;
  return opened.native;
}

/** Says in one line where the native prover comes from, or why there is none. */
export function explainNative(): string {
  const native = openNative();
  if (native !== undefined) return `version ${native.version} at ${native.path}`;
  return opened?.native === undefined ? (opened?.reason ?? "") : "";
}

function open(): Opened {
  const prebuilt = prebuiltBinary();
  const built = builtBinary();
  const path = [prebuilt, built].find((it) => it !== undefined && existsSync(it));
  if (path === undefined) {
    return {
      reason: `no binary for ${PLATFORM}: none is installed, none was built (\`npm run native:build\`, with cargo)`,
    };
  }
  // A file that could not be loaded is not tried again: what lies there has not changed unless it was built anew.
  try {
    return { native: nativeOf(loadAddon(path), path) };
  } catch (cause) {
    if (!(cause instanceof NativeError)) throw cause;
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
    return { reason: `${path} cannot be loaded: ${reason}`, cause };
  }
}
