import { DISPUTE_STATUSES } from "@vouch/protocol";
import * as z from "zod";
import type { RowsOf } from "./fields.ts";
import { amountField, hexField, pageOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";

const rowSchema = z.object({
  id: z.string(),
  request: hexField,
  challenger: hexField,
  operator: hexField,
  bond: amountField,
  status: z.enum(DISPUTE_STATUSES),
  rounds: z.number(),
  decideBy: z.number(),
  openedAt: z.number(),
  decidedAt: z.number().nullable(),
});

/** A challenge in the list of all of them. */
export type ListedDispute = z.output<typeof rowSchema>;

export const DISPUTES_QUERY = `query Disputes($where: disputeFilter, $after: String) {
  disputes(where: $where, orderBy: "openedAt", orderDirection: "desc", limit: 50, after: $after) {
    items { id request challenger operator bond status rounds decideBy openedAt decidedAt }
    pageInfo { endCursor hasNextPage }
  }
}`;

/** Returns some disputes from a cursor on, the newest first; `status` "" takes all. */
export async function listDisputes(
  status: ListedDispute["status"] | "",
  after: string | null,
  signal?: AbortSignal,
): Promise<RowsOf<ListedDispute>> {
  const schema = z.object({ disputes: pageOf(rowSchema) });
  const variables = { where: status === "" ? {} : { status }, after };
  return (await queryIndexer(schema, DISPUTES_QUERY, variables, signal)).disputes;
}
