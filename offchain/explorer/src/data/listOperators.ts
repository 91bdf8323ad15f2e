import * as z from "zod";
import type { RowsOf } from "./fields.ts";
import { amountField, hexField, pageOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";

/** Columns by which operators are ordered, the greatest first. */
export const OPERATOR_ORDERS = ["own", "lastSeenAt", "answers", "earned", "slashed"] as const;
export type OperatorOrder = (typeof OPERATOR_ORDERS)[number];

export const operatorSchema = z.object({
  id: hexField,
  own: amountField,
  delegated: amountField,
  exposure: amountField,
  openLiabilities: z.number(),
  exiting: amountField,
  slashed: amountField,
  earned: amountField,
  commissionBps: z.number().nullable(),
  locks: z.number(),
  answers: z.number(),
  overturned: z.number(),
  missed: z.number(),
  seconds: amountField,
  enclaves: z.number(),
  joinedAt: z.number(),
  lastSeenAt: z.number(),
});

/** What an operator stakes, and what became of its answers. */
export type OperatorRow = z.output<typeof operatorSchema>;

/** The columns of `operatorSchema`, as a query selects them. */
export const OPERATOR_FIELDS: string = Object.keys(operatorSchema.shape).join(" ");

export const OPERATORS_QUERY = `query Operators($orderBy: String, $after: String) {
  operators(orderBy: $orderBy, orderDirection: "desc", limit: 50, after: $after) {
    items { ${OPERATOR_FIELDS} }
    pageInfo { endCursor hasNextPage }
  }
}`;

/** Returns some operators from a cursor on. */
export async function listOperators(
  orderBy: OperatorOrder,
  after: string | null,
  signal?: AbortSignal,
): Promise<RowsOf<OperatorRow>> {
  const schema = z.object({ operators: pageOf(operatorSchema) });
  return (await queryIndexer(schema, OPERATORS_QUERY, { orderBy, after }, signal)).operators;
}
