import type { PaymentId } from "@vouch/protocol";
import type { Sql } from "@vouch/queue";
import { payments } from "@vouch/queue";
import type { PaymentStore } from "./paymentStore.ts";

/** Keeps payments in an operator's database (`openStore`), which any number of gateways on PostgreSQL may share. */
export function storedPayments(sql: Sql): PaymentStore {
  return payments<PaymentId>(sql);
}
