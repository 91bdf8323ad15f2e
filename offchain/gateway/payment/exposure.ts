import type { Hex, PaymentId } from "@vouch/protocol";
import { GatewayError } from "../errors.ts";

/** What payers owe for answers that are not settled yet: nothing holds their funds until then. */
export type Exposure = {
  /**
   * Counts a payment in, once; returns what the payer owes besides it.
   *
   * @throws {GatewayError} `TOO_MANY_UNSETTLED`.
   */
  readonly add: (id: PaymentId, payer: Hex, amount: bigint) => bigint;
  /** Counts in what a process before this one left, whatever the limit. */
  readonly restore: (id: PaymentId, payer: Hex, amount: bigint) => void;
  readonly remove: (id: PaymentId, payer: Hex) => void;
};

/** @param limit most unsettled payments of one payer */
export function createExposure(limit: number): Exposure {
  const byPayer = new Map<Hex, Map<PaymentId, bigint>>();
  const restore: Exposure["restore"] = (id, payer, amount) => {
    const owed = byPayer.get(payer) ?? new Map<PaymentId, bigint>();
    byPayer.set(payer, owed.set(id, amount));
  };
  return {
    restore,
    add(id, payer, amount) {
      const owed = byPayer.get(payer) ?? new Map<PaymentId, bigint>();
      if (!owed.has(id) && owed.size >= limit)
        throw new GatewayError({ code: "TOO_MANY_UNSETTLED", payer, limit });
      const others = [...owed].reduce((sum, [it, due]) => (it === id ? sum : sum + due), 0n);
      restore(id, payer, amount);
      return others;
    },
    remove(id, payer) {
      const owed = byPayer.get(payer);
      owed?.delete(id);
      if (owed?.size === 0) byPayer.delete(payer);
    },
  };
}
