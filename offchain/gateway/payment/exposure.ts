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
  /** Takes back one `add` that led to nothing; another of the same payment still counts. */
  readonly retract: (id: PaymentId, payer: Hex) => void;
  /** Counts in what a process before this one left, whatever the limit. */
  readonly restore: (id: PaymentId, payer: Hex, amount: bigint) => void;
  readonly remove: (id: PaymentId, payer: Hex) => void;
};

type Owed = { readonly amount: bigint; readonly adds: number };

/** @param limit most unsettled payments of one payer */
export function createExposure(limit: number): Exposure {
  const byPayer = new Map<Hex, Map<PaymentId, Owed>>();

  const put = (id: PaymentId, payer: Hex, amount: bigint): void => {
    const owed = byPayer.get(payer) ?? new Map<PaymentId, Owed>();
    byPayer.set(payer, owed.set(id, { amount, adds: (owed.get(id)?.adds ?? 0) + 1 }));
  };
  const remove: Exposure["remove"] = (id, payer) => {
    const owed = byPayer.get(payer);
    owed?.delete(id);
    if (owed?.size === 0) byPayer.delete(payer);
  };

  return {
    restore: put,
    add(id, payer, amount) {
      const owed = byPayer.get(payer) ?? new Map<PaymentId, Owed>();
      if (!owed.has(id) && owed.size >= limit)
        throw new GatewayError({ code: "TOO_MANY_UNSETTLED", payer, limit });
      const others = [...owed].reduce((sum, [it, due]) => (it === id ? sum : sum + due.amount), 0n);
      put(id, payer, amount);
      return others;
    },
    retract(id, payer) {
      const owed = byPayer.get(payer);
      const due = owed?.get(id);
      if (due === undefined) return;
      if (due.adds === 1) remove(id, payer);
      else owed?.set(id, { ...due, adds: due.adds - 1 });
    },
    remove,
  };
}
