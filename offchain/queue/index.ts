// The package's public surface.
export * from "./answers.ts";
export * from "./chainCursor.ts";
export type { DeadLetter } from "./deadLetters.ts";
export type { Depth } from "./depths.ts";
export * from "./errors.ts";
export * from "./keyLease.ts";
export * from "./lockFile.ts";
export * from "./openStore.ts";
export type { PayloadSchema } from "./payloadSchema.ts";
export type { BindLimits, BoundPayment } from "./bindWithin.ts";
export type { PaymentBinding, PaymentFacts, PaymentRecord, PaymentState } from "./paymentRow.ts";
export { payments } from "./payments.ts";
export type { OpenFilter, Payments } from "./payments.ts";
export type { Enqueued, NewItem, Queue } from "./queue.ts";
export * from "./proofs.ts";
export * from "./provenBatches.ts";
export { QUEUES } from "./queues.ts";
export type { QueueName, QueuePolicies, QueuePolicy } from "./queues.ts";
export type { Reason } from "./reasonOf.ts";
export * from "./receipts.ts";
export * from "./signLog.ts";
export type { Row, Sql, SqlValue } from "./sql.ts";
export * from "./transactions.ts";
export type { Handler, Item, Outcome, WorkOptions } from "./work.ts";
export type { Members } from "./waiting.ts";
export { voucherBatches } from "./voucherBatches.ts";
export type {
  BatchedVoucher,
  PlannedBatch,
  PlannedItem,
  PostedBatch,
  VoucherBatch,
  VoucherBatches,
} from "./voucherBatches.ts";
