import type { PaymentId, RequestId } from "@vouch/protocol";
import {
  ProtocolError,
  batchInclusionToJson,
  compactReceipt,
  parseRequestId,
} from "@vouch/protocol";
import { z } from "zod";
import type { ReceiptStore } from "../answerer.ts";
import { GatewayError } from "../errors.ts";
import type { PaymentStore } from "../payment/paymentStore.ts";
import type { BatchPlace } from "../payment/voucher/batchTree.ts";
import { errorResponses } from "./errorResponses.ts";
import type { Routes } from "./routes.ts";

const receiptSchema = z.object({
  id: z.string(),
  receipt: z.unknown(),
  payment: z
    .object({
      id: z.string(),
      state: z.enum(["verified", "served", "captured", "voided", "failed"]),
      transaction: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
  /** Where the receipt is in its operator's batch, once that is posted. */
  inclusion: z.record(z.string(), z.unknown()).nullable(),
  /** Content address of the full record, where one is kept in public. */
  record: z.string().nullable(),
});

export type ReceiptsRouteDeps = {
  readonly receipts: ReceiptStore;
  /** `null` where nothing is paid. */
  readonly payments: PaymentStore | null;
  readonly placeOf: (payment: PaymentId) => Promise<BatchPlace | undefined>;
};

/**
 * `GET /v1/receipts/:id`: a receipt by its request's id, where its payment stands, and its path to the root of a batch. Who knows the id, which nobody can guess,
 * may read it: its input and output are in it.
 */
export function registerReceiptsRoute(routes: Routes, deps: ReceiptsRouteDeps): void {
  routes.get(
    "/v1/receipts/:id",
    {
      schema: {
        description: "Returns a receipt, and the state of what pays for it",
        params: z.object({ id: z.string() }),
        response: { 200: receiptSchema, ...errorResponses },
      },
    },
    async ({ params: { id } }) => {
      const answer = await deps.receipts.get(requestIdOf(id));
      if (answer === undefined) throw new GatewayError({ code: "RECEIPT_UNKNOWN", id });
      const { payment } = answer;
      const place = payment === null ? undefined : await deps.placeOf(payment);
      return {
        id,
        receipt: JSON.parse(compactReceipt(answer.receipt)) as unknown,
        payment: await paymentOf(payment, deps.payments),
        inclusion: place === undefined ? null : batchInclusionToJson(place.inclusion),
        record: place?.record ?? null,
      };
    },
  );
}

function requestIdOf(id: string): RequestId {
  try {
    return parseRequestId(id);
  } catch (cause) {
    if (cause instanceof ProtocolError)
      throw new GatewayError({ code: "RECEIPT_UNKNOWN", id }, { cause });
    throw cause;
  }
}

async function paymentOf(
  id: PaymentId | null,
  payments: PaymentStore | null,
): Promise<z.infer<typeof receiptSchema>["payment"]> {
  const record = id === null ? undefined : await payments?.get(id);
  if (record === undefined) return null;
  const { state, facts } = record;
  const { transaction = null, reason = null } = facts;
  return { id: record.id, state, transaction, reason };
}
