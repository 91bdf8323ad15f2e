import type {
  BindLimits,
  OpenFilter,
  PaymentBinding,
  PaymentRecord,
  PaymentStore,
  ReceiptStore,
  StoredAnswer,
} from "@vouch/gateway";
import { schemeOf } from "../../offchain/gateway/payment/schemeOf.ts";

/** Test only: a payment store that ends with its process. */
export function memoryPayments(): PaymentStore {
  const records = new Map<string, PaymentRecord>();
  const capturedAt = new Map<string, number>();

  const bind: PaymentStore["bind"] = (id, binding) => {
    const record = records.get(id) ?? { id, binding, state: "verified", facts: {} };
    records.set(id, record);
    return Promise.resolve(record);
  };
  const open = ({ scheme, states = ["verified", "served"] }: OpenFilter = {}): PaymentRecord[] =>
    [...records.values()].filter(
      ({ binding, state }) =>
        states.some((it) => it === state) && (scheme === undefined || schemeOf(binding) === scheme),
    );
  const drawsOn = (
    { payer, asset }: PaymentBinding,
    among: BindLimits["among"],
    { binding }: PaymentRecord,
  ): boolean =>
    binding.payer === payer &&
    binding.asset === asset &&
    ("scheme" in among ? schemeOf(binding) === among.scheme : binding.payTo === among.payTo);

  return {
    get: (id) => Promise.resolve(records.get(id)),
    bind,
    async bindWithin(id, binding, { among, funds, since, most = Infinity }) {
      const mine = [...records.values()].filter((it) => drawsOn(binding, among, it));
      const owing = mine.filter((it) => open().includes(it));
      const passing = mine.filter((it) => (capturedAt.get(it.id) ?? -Infinity) >= since);
      const owed = [...owing, ...passing].reduce((sum, it) => sum + it.binding.amount, 0n);
      if (!records.has(id)) {
        if (owing.length >= most) return { kind: "crowded", owed };
        if (owed + binding.amount > funds) return { kind: "exceeded", owed };
      }
      return { kind: "bound", record: await bind(id, binding) };
    },
    clock: () => Promise.resolve(performance.now()),
    transition(id, from, to, facts) {
      const record = records.get(id);
      if (record === undefined) return Promise.reject(new RangeError(`no payment ${id}`));
      if (!from.includes(record.state)) return Promise.resolve(record);
      const next = { ...record, state: to, facts: { ...record.facts, ...facts } };
      records.set(id, next);
      if (to === "captured") capturedAt.set(id, performance.now());
      return Promise.resolve(next);
    },
    open: (filter) => Promise.resolve(open(filter)),
    count: (filter) => Promise.resolve(open(filter).length),
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
