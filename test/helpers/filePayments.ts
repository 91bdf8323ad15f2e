import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { PaymentRecord, PaymentStore, ReceiptStore, StoredAnswer } from "@vouch/gateway";
import { parseReceipt, serializeReceipt } from "@vouch/protocol";

type Row = { readonly key: string; readonly value: unknown };

/** Test only: rows in one file of a folder, whole or not there at all, whenever the process ends. */
function rowsIn(
  folder: string,
  name: string,
): {
  readonly get: (key: string) => unknown;
  readonly all: () => readonly unknown[];
  readonly put: (key: string, value: unknown) => void;
} {
  const path = join(folder, name);
  const rows = new Map<string, unknown>();
  if (existsSync(path))
    for (const { key, value } of JSON.parse(readFileSync(path, "utf8")) as Row[])
      rows.set(key, value);
  return {
    get: (key) => rows.get(key),
    all: () => [...rows.values()],
    put(key, value) {
      rows.set(key, value);
      const fd = openSync(`${path}.new`, "w");
      writeSync(fd, JSON.stringify([...rows].map(([k, v]) => ({ key: k, value: v }))));
      fsyncSync(fd);
      closeSync(fd);
      renameSync(`${path}.new`, path);
    },
  };
}

type StoredRecord = Omit<PaymentRecord, "binding"> & {
  readonly binding: Omit<PaymentRecord["binding"], "amount"> & { readonly amount: string };
};

/** Test only: payments that outlive their process. */
export function filePayments(folder: string): PaymentStore {
  const rows = rowsIn(folder, "payments.json");
  const read = (id: string): PaymentRecord | undefined =>
    revive(rows.get(id) as StoredRecord | undefined);
  const write = (record: PaymentRecord): PaymentRecord => {
    const { amount } = record.binding;
    rows.put(record.id, { ...record, binding: { ...record.binding, amount: amount.toString() } });
    return record;
  };
  return {
    get: (id) => Promise.resolve(read(id)),
    bind: (id, binding) =>
      Promise.resolve(read(id) ?? write({ id, binding, state: "verified", facts: {} })),
    transition(id, from, to, facts) {
      const record = read(id);
      if (record === undefined) return Promise.reject(new RangeError(`no payment ${id}`));
      return Promise.resolve(
        from.includes(record.state)
          ? write({ ...record, state: to, facts: { ...record.facts, ...facts } })
          : record,
      );
    },
    open: () =>
      Promise.resolve(
        rows
          .all()
          .flatMap((row) => revive(row as StoredRecord) ?? [])
          .filter(({ state }) => state === "verified" || state === "served"),
      ),
  };
}

function revive(record: StoredRecord | undefined): PaymentRecord | undefined {
  if (record === undefined) return undefined;
  return { ...record, binding: { ...record.binding, amount: BigInt(record.binding.amount) } };
}

type StoredRow = Omit<StoredAnswer, "receipt"> & { readonly receipt: string };

/** Test only: receipts that outlive their process. */
export function fileReceipts(folder: string): ReceiptStore {
  const rows = rowsIn(folder, "receipts.json");
  return {
    get(id) {
      const row = rows.get(id) as StoredRow | undefined;
      return Promise.resolve(
        row === undefined ? undefined : { ...row, receipt: parseReceipt(JSON.parse(row.receipt)) },
      );
    },
    put(id, answer) {
      if (rows.get(id) === undefined)
        rows.put(id, { ...answer, receipt: serializeReceipt(answer.receipt) });
      return Promise.resolve();
    },
  };
}
