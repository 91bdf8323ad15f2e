import type { Hex, Receipt, Voucher } from "@vouch/protocol";
import { bytesToHex, canonicalJson, compactReceipt, voucherToJson } from "@vouch/protocol";
import { digestOf } from "./contentId.ts";
import type { RecordStore } from "./recordStore.ts";

/** Version of a record's form. */
const RECORD_FORMAT = "vouch.record/1";
/** Version of the form of a batch's list of records. */
const LIST_FORMAT = "vouch.records/1";

const utf8 = new TextEncoder();

/** Keeps the full record of an answer: its receipt, transcript included, and the voucher that paid. Returns its address. */
export function putRecord(store: RecordStore, receipt: Receipt, voucher: Voucher): Promise<string> {
  const record = {
    format: RECORD_FORMAT,
    receipt: JSON.parse(compactReceipt(receipt)) as unknown,
    voucher: voucherToJson(voucher),
  };
  return store.put(utf8.encode(canonicalJson(record)), "raw");
}

/**
 * Keeps the list of a batch's records, by index, `null` where an item has none. Returns the sha2-256 that its address is made of:
 * what the batch's posting carries.
 */
export async function putRecordList(
  store: RecordStore,
  root: Hex,
  records: readonly (string | null)[],
): Promise<Hex> {
  const links = records.map((cid) => (cid === null ? null : { "/": cid }));
  const list = { format: LIST_FORMAT, root, records: links };
  const cid = await store.put(utf8.encode(canonicalJson(list)), "dag-json");
  return bytesToHex(digestOf(cid));
}
