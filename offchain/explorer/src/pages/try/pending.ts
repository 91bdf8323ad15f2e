import type { Policy } from "@vouch/protocol";
import { policySchema, policyToJson } from "@vouch/protocol";
import * as z from "zod";

const pendingSchema = z.object({
  release: z.string().regex(/^0x[0-9a-f]{64}$/),
  policy: policySchema.transform((it): Policy => it),
  input: z.union([z.array(z.number()), z.string()]),
  chat: z.boolean(),
  payment: z.string().max(1 << 16),
});

/** A request that a payment was signed for, and no answer was verified of yet: sent again, it pays once. */
export type PendingPayment = z.output<typeof pendingSchema>;

const KEY = "vouch.pendingPayment";
const REQUEST = /^0x[0-9a-fA-F]{64}$/;

/** Keeps a signed payment over a reload, or forgets it. */
export function keepPending(pending: PendingPayment | null): void {
  try {
    if (pending === null) localStorage.removeItem(KEY);
    else {
      const json = { ...pending, policy: policyToJson(pending.policy) };
      localStorage.setItem(KEY, JSON.stringify(json));
    }
  } catch {
    // Storage is full or forbidden: the answer still comes, but a reload would lose it.
  }
}

/** Returns what was kept; null where there is nothing, or nothing that this version wrote. */
export function readPending(): PendingPayment | null {
  try {
    return pendingSchema.parse(JSON.parse(localStorage.getItem(KEY) ?? "null"));
  } catch {
    return null;
  }
}

/** Returns the request that an address names (`?request=0x…`), so that a reload or a link goes on with it. */
export function requestIn(search: string): string | null {
  const request = new URLSearchParams(search).get("request");
  return request !== null && REQUEST.test(request) ? request.toLowerCase() : null;
}

/** Returns the release that an address names (`?release=0x…`). */
export function releaseIn(search: string): string | null {
  const release = new URLSearchParams(search).get("release");
  return release !== null && REQUEST.test(release) ? release.toLowerCase() : null;
}
