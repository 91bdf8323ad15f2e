import { PublisherError } from "../errors.ts";
import { shownUrl } from "./parseSource.ts";

/** Returns what a broken connection to `url` is to a caller: `DOWNLOAD_FAILED`, or `IMPORT_ABORTED` where the signal fired. */
export function networkFailure(
  url: URL,
  signal: AbortSignal | undefined,
  reason: string | undefined,
  cause: unknown,
): PublisherError {
  if (signal?.aborted === true) return new PublisherError({ code: "IMPORT_ABORTED" }, { cause });
  return downloadFailed(url, reason ?? reasonOf(cause), cause);
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its host is not known here";
  if (code === "ECONNREFUSED") return "its host refuses connections";
  if (typeof code === "string" && /CERT|TLS|SSL|SIGNED/.test(code))
    return "its certificate is not trusted";
  if (typeof code === "string" && code.startsWith("HPE_")) return "its server does not speak HTTP";
  return "the connection broke";
}

/** Returns `DOWNLOAD_FAILED` of an address. */
export function downloadFailed(url: URL, reason: string, cause?: unknown): PublisherError {
  return new PublisherError({ code: "DOWNLOAD_FAILED", url: shownUrl(url), reason }, { cause });
}
