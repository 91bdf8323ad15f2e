import { randomUUID } from "node:crypto";
import type { Lease, Store } from "@vouch/queue";
import { releaseLease, renewLease, takeLease } from "@vouch/queue";
import type { Logger } from "pino";
import { messageOf } from "../messageOf.ts";
import { pause } from "../pause.ts";

const LEASE_SECONDS = 15;
const RENEW_MS = 5_000;

/**
 * Does what one process of a fleet is to do at a time, whenever this one has the lease, until `signal` aborts. A process that is
 * gone is followed by another within fifteen seconds; `work` ends where its own signal aborts.
 */
export async function holdLease(
  key: string,
  work: (signal: AbortSignal) => Promise<void>,
  { store, log }: { readonly store: Pick<Store, "sql">; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const holder = randomUUID();

  /** Works while the lease can be renewed; who cannot say that it still has it stops. */
  async function keep(lease: Lease): Promise<void> {
    const held = new AbortController();
    const either = AbortSignal.any([signal, held.signal]);
    const working = work(either).finally(() => {
      held.abort();
    });
    try {
      for (;;) {
        await pause(RENEW_MS, either);
        if (isOver(either)) break;
        await renewLease(store.sql, lease, LEASE_SECONDS);
      }
    } finally {
      held.abort();
      await working;
    }
    await releaseLease(store.sql, lease);
  }

  while (!signal.aborted) {
    try {
      const lease = await takeLease(store.sql, key, holder, LEASE_SECONDS);
      if (lease !== undefined) await keep(lease);
    } catch (error) {
      log.warn({ key, error: messageOf(error) }, "lease not held; trying again");
    }
    await pause(RENEW_MS, signal);
  }
}

function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}
