import type { PaymentId } from "@vouch/protocol";
import type { Sql, VoucherBatches } from "@vouch/queue";
import { voucherBatches } from "@vouch/queue";

/** Where vouchers and their batches are kept, in the database of the payments. */
export type VoucherStore = VoucherBatches<PaymentId>;

/** Keeps them in an operator's database (`openStore`), beside `storedPayments` of the same one. */
export function storedVouchers(sql: Sql): VoucherStore {
  return voucherBatches<PaymentId>(sql);
}
