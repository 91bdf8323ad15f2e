import { REQUEST_STATUSES } from "@vouch/protocol";
import * as z from "zod";
import { amountField, hexField, itemsOf } from "./fields.ts";
import { OPERATOR_FIELDS, operatorSchema } from "./listOperators.ts";
import { queryIndexer } from "./queryIndexer.ts";

const schema = z.object({
  operator: operatorSchema.nullable(),
  liabilities: itemsOf(
    z.object({
      id: z.string(),
      holder: hexField,
      liability: hexField,
      amount: amountField,
      lapsesAt: z.number(),
    }),
  ),
  enclaves: itemsOf(
    z.object({
      id: hexField,
      measurement: hexField,
      simulated: z.boolean(),
      registeredAt: z.number(),
      retiredAt: z.number().nullable(),
      compromisedSince: z.number().nullable(),
    }),
  ),
  slashes: itemsOf(
    z.object({
      id: z.string(),
      own: amountField,
      delegated: amountField,
      compensated: amountField,
      burned: amountField,
      at: z.number(),
    }),
  ),
  requests: itemsOf(
    z.object({
      id: hexField,
      release: hexField,
      status: z.enum(REQUEST_STATUSES),
      kinds: z.number().nullable(),
      flags: z.number().nullable(),
      askedAt: z.number(),
    }),
  ),
});

/** All that the page of one operator shows. */
export type OperatorDetails = z.output<typeof schema>;

const NEWEST = 'orderDirection: "desc", limit: 25';

export const OPERATOR_QUERY = `query Operator($id: String!) {
  operator(id: $id) { ${OPERATOR_FIELDS} }
  liabilities: liabilitys(where: { operator: $id }, limit: 100) {
    items { id holder liability amount lapsesAt }
  }
  enclaves(where: { operator: $id }, orderBy: "registeredAt", ${NEWEST}) {
    items { id measurement simulated registeredAt retiredAt compromisedSince }
  }
  slashes: slashs(where: { operator: $id }, orderBy: "at", ${NEWEST}) {
    items { id own delegated compensated burned at }
  }
  requests(where: { operator: $id }, orderBy: "askedAt", ${NEWEST}) {
    items { id release status kinds flags askedAt }
  }
}`;

/** Returns an operator with what it stands for now, and its latest answers. */
export function readOperator(id: string, signal?: AbortSignal): Promise<OperatorDetails> {
  return queryIndexer(schema, OPERATOR_QUERY, { id: id.toLowerCase() }, signal);
}
