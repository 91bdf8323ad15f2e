import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { PaymentRecord, PaymentStore } from "./paymentStore.ts";
import type { TokenReader } from "./tokenReader.ts";

export type SweeperDeps = {
  readonly payments: Pick<PaymentStore, "open" | "transition">;
  readonly tokens: Pick<TokenReader, "head">;
  readonly onEnded: (record: PaymentRecord) => void;
  readonly log: Logger;
};

/** Voids payments that expired without an answer, until `signal` aborts: they are owed by nobody. */
export async function sweep(
  everyMs: number,
  signal: AbortSignal,
  { payments, tokens, onEnded, log }: SweeperDeps,
): Promise<void> {
  const voidExpired = async (): Promise<void> => {
    const open = await payments.open({ states: ["verified"] });
    if (open.length === 0) return;
    const { time } = await tokens.head();
    for (const { id } of open.filter(({ binding }) => binding.validBefore <= time))
      onEnded(await payments.transition(id, ["verified"], "voided", { reason: "UNANSWERED" }));
  };
  while (!signal.aborted) {
    await voidExpired().catch((error: unknown) => {
      log.warn({ err: error }, "expired payments not swept");
    });
    await delay(everyMs, undefined, { signal }).catch(() => undefined); // only ever the abort
  }
}
