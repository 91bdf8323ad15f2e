import { NativeError } from "./errors.ts";
import type { NativeProblem } from "./errors.ts";

/** Makes an error of ours of what the addon rejects with: an `Error` with a code (`addon/src/failure.rs`). */
export function nativeError(path: string, cause: unknown): NativeError {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  return new NativeError(problemOf(path, String(code), String(message)), { cause });
}

function problemOf(path: string, code: string, reason: string): NativeProblem {
  switch (code) {
    case "CANCELLED":
      return { code };
    case "KEY_CHANGED":
    case "KEY_CLOSED":
    case "MEMORY_SHORT":
    case "TAPE_CLOSED":
      return { code, path };
    case "CIRCUIT_INVALID":
    case "CIRCUIT_UNDETERMINED":
    case "CIRCUIT_UNREADABLE":
    case "KEY_INVALID":
    case "KEY_UNREADABLE":
    case "KEY_UNWRITABLE":
    case "WITNESS_REFUSED":
      return { code, path, reason };
    case "VERIFYING_KEY_INVALID":
    case "WITNESS_INVALID":
      return { code, reason };
    default:
      return { code: "PROVER_FAILED", reason };
  }
}
