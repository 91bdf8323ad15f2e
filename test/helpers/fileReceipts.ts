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
import type { ReceiptStore, StoredAnswer } from "@vouch/gateway";
import { parseReceipt, serializeReceipt } from "@vouch/protocol";

type Row = { readonly key: string; readonly value: unknown };

/** Test only: rows in one file of a folder, whole or not there at all, whenever the process ends. */
function rowsIn(
  folder: string,
  name: string,
): {
  readonly get: (key: string) => unknown;
  readonly put: (key: string, value: unknown) => void;
} {
  const path = join(folder, name);
  const rows = new Map<string, unknown>();
  if (existsSync(path))
    for (const { key, value } of JSON.parse(readFileSync(path, "utf8")) as Row[])
      rows.set(key, value);
  return {
    get: (key) => rows.get(key),
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
