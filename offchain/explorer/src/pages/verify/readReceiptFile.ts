import type { BatchInclusion, Receipt } from "@vouch/protocol";
import { parseBatchInclusion, parseReceipt, ProtocolError } from "@vouch/protocol";
import { MAX_RECEIPT_BYTES } from "./shareLink.ts";

/** A receipt, and its place in its operator's batch where the file says one. */
export type ReceiptFile = {
  readonly receipt: Receipt;
  readonly inclusion: BatchInclusion | undefined;
};

/**
 * Reads a receipt's file: the receipt itself, or what a gateway answers at `/v1/receipts/<id>`, with `receipt` and `inclusion` in it.
 *
 * @throws {ProtocolError} `RECEIPT_MALFORMED`, `INCLUSION_MALFORMED`.
 */
export function readReceiptFile(text: string): ReceiptFile {
  if (text.length > MAX_RECEIPT_BYTES)
    throw malformed(`it has more than ${MAX_RECEIPT_BYTES} characters`);
  const json = parseJson(text);
  if (!isRecord(json) || "format" in json || !("receipt" in json))
    return { receipt: parseReceiptSafely(json), inclusion: undefined };
  const { receipt, inclusion } = json;
  return {
    receipt: parseReceiptSafely(receipt),
    inclusion:
      inclusion === undefined || inclusion === null ? undefined : parseBatchInclusion(inclusion),
  };
}

/** What is nested thousands deep exhausts the stack of who checks it. */
function parseReceiptSafely(json: unknown): Receipt {
  try {
    return parseReceipt(json);
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed("it is nested too deeply", cause);
    throw cause;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed("it is not JSON", cause);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(reason: string, cause?: unknown): ProtocolError {
  return new ProtocolError({ code: "RECEIPT_MALFORMED", reason }, { cause });
}
