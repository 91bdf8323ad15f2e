import type { PaymentRecord, PaymentStore, ReceiptStore, StoredAnswer } from "@vouch/gateway";

/** Test only: a payment store that ends with its process. */
export function memoryPayments(): PaymentStore {
  const records = new Map<string, PaymentRecord>();
  return {
    get: (id) => Promise.resolve(records.get(id)),
    bind(id, binding) {
      const record = records.get(id) ?? { id, binding, state: "verified", facts: {} };
      records.set(id, record);
      return Promise.resolve(record);
    },
    transition(id, from, to, facts) {
      const record = records.get(id);
      if (record === undefined) return Promise.reject(new RangeError(`no payment ${id}`));
      const next = from.includes(record.state)
        ? { ...record, state: to, facts: { ...record.facts, ...facts } }
        : record;
      records.set(id, next);
      return Promise.resolve(next);
    },
    open: () =>
      Promise.resolve(
        [...records.values()].filter(({ state }) => state === "verified" || state === "served"),
      ),
  };
}

/** Test only: a store of receipts that ends with its process. */
export function memoryReceipts(): ReceiptStore {
  const answers = new Map<string, StoredAnswer>();
  return {
    get: (id) => Promise.resolve(answers.get(id)),
    put(id, answer) {
      if (!answers.has(id)) answers.set(id, answer);
      return Promise.resolve();
    },
  };
}
