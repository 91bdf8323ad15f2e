import type { Domain, Receipt, Verification } from "@vouch/protocol";
import { ProtocolError, requireDecided, verifyReceipt } from "@vouch/protocol";
import type { ReceiptStore } from "../answerer.ts";
import type { PaymentRecord } from "./paymentStore.ts";

/** What the answer is worth that a payment is owed for; `code` says what is wrong with it. */
export type VerifiedAnswer =
  | { readonly kind: "sound"; readonly receipt: Receipt; readonly verification: Verification }
  | { readonly kind: "unsound"; readonly code: string };

/** Verifies the whole receipt that is to be paid for. */
export async function verifyAnswer(
  { binding }: PaymentRecord,
  domain: Domain,
  receipts: ReceiptStore,
): Promise<VerifiedAnswer> {
  const answer = await receipts.get(binding.request);
  if (answer === undefined) return { kind: "unsound", code: "RECEIPT_UNKNOWN" };
  const { receipt } = answer;
  try {
    const verification = verifyReceipt(receipt, { ...domain, request: binding.request });
    requireDecided(verification.undecided); // nothing on a chain will ever decide it
    return { kind: "sound", receipt, verification };
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: "unsound", code: error.code };
    throw error;
  }
}
