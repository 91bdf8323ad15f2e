import type { Expectations, Receipt } from "@vouch/protocol";
import { parseReceipt, parseRequestId, ProtocolError, verifyReceipt } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { VerifiedReceipt } from "../fetchReceipt.ts";
import { fetchReceipt } from "../fetchReceipt.ts";
import type { ReceiptFunctions } from "./client.ts";
import type { Session } from "./session.ts";

/** Returns a client's functions for receipts. */
export function receiptsOf(session: Session): ReceiptFunctions {
  const { contracts, deployment, domain, read } = session;
  return {
    fetch: (id, { signal } = {}) =>
      read(
        "reading the receipt",
        () => fetchReceipt(contracts, domain, parseRequestId(id), deployment.fromBlock),
        signal,
      ),
    verify: (json, expected) => verifyOwn(session, json, expected),
    parse: parseReceiptText,
  };
}

/**
 * Parses and verifies a receipt of this deployment.
 *
 * @throws {SdkError} `RECEIPT_OF_OTHER_DEPLOYMENT`; {ProtocolError} `RECEIPT_MALFORMED`, and what `verifyReceipt` throws.
 */
function verifyOwn(
  { domain }: Session,
  json: unknown,
  expected: Expectations = {},
): VerifiedReceipt {
  const receipt = parseReceiptText(json);
  const facts = [
    ["chainId", domain.chainId.toString(), receipt.domain.chainId.toString()],
    ["router", domain.router, receipt.domain.router],
  ] as const;
  for (const [field, ours, found] of facts) {
    if (ours !== found)
      throw new SdkError({ code: "RECEIPT_OF_OTHER_DEPLOYMENT", field, expected: ours, found });
  }
  return { receipt, verification: verifyReceipt(receipt, { ...domain, ...expected }) };
}

/**
 * Reads a receipt from its text, or from what `JSON.parse` made of it; checks the form only.
 *
 * @example
 * const verification = verifyReceipt(parseReceiptText(await readFile("receipt.json", "utf8")));
 *
 * @throws {ProtocolError} `RECEIPT_MALFORMED`, naming the first field that is wrong.
 */
export function parseReceiptText(json: unknown): Receipt {
  return parseReceipt(typeof json === "string" ? parseJson(json) : json);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError({ code: "RECEIPT_MALFORMED", reason: "it is not JSON" }, { cause });
  }
}
