import type { RequestId } from "@vouch/protocol";
import { GatewayError } from "../errors.ts";
import type { PaymentRecord } from "./paymentStore.ts";

/**
 * Returns the record of a payment that pays for this request.
 *
 * @throws {GatewayError} `PAYMENT_BOUND_ELSEWHERE`, `PAYMENT_CLOSED`.
 */
export function sameRequest(record: PaymentRecord, requestId: RequestId): PaymentRecord {
  const { id, binding, state } = record;
  if (binding.request !== requestId)
    throw new GatewayError({ code: "PAYMENT_BOUND_ELSEWHERE", payment: id });
  if (state === "voided" || state === "failed")
    throw new GatewayError({ code: "PAYMENT_CLOSED", payment: id, state });
  return record;
}

/**
 * Whether a payment is what was verified and bound before: no facilitator needs to be asked again, and after capture it would
 * refuse.
 */
export function isSamePayment({ binding }: PaymentRecord, terms: string): boolean {
  return signatureOf(binding.terms) === signatureOf(terms);
}

function signatureOf(terms: string): unknown {
  const { payload } = JSON.parse(terms) as { payload: { payload: { signature: unknown } } };
  return payload.payload.signature;
}
