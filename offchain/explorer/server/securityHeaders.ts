import type { ExplorerSettings } from "./explorerSettings.ts";
import { originOf } from "./explorerSettings.ts";

/** Whom a document may ask: the chain and the gateway that it was given, or any chain that its visitor names. */
export type Reach = "given" | "any";

/** What every answer carries, whatever it is. */
const ALWAYS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), display-capture=(), browsing-topics=()",
};

/** A visitor's own node has no certificate; anything else that is not encrypted is left out. */
const ANY_ENDPOINT = ["https:", "wss:", "http://127.0.0.1:*", "http://localhost:*"];

/** Returns the headers that keep what strangers wrote from doing anything. */
export function securityHeaders(
  settings: Pick<ExplorerSettings, "rpc" | "gateway">,
  reach: Reach,
): Readonly<Record<string, string>> {
  return { ...ALWAYS, "content-security-policy": contentPolicy(settings, reach) };
}

function contentPolicy(
  { rpc, gateway }: Pick<ExplorerSettings, "rpc" | "gateway">,
  reach: Reach,
): string {
  const given = [rpc, gateway].flatMap((url) => originOf(url ?? "") ?? []);
  const asked = [...new Set(["'self'", ...given, ...(reach === "any" ? ANY_ENDPOINT : [])])];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${asked.join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
