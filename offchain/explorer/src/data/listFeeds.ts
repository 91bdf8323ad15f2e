import * as z from "zod";
import type { RowsOf } from "./fields.ts";
import { amountField, hexField, pageOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";

export const feedSchema = z.object({
  id: hexField,
  sponsor: hexField,
  release: hexField,
  adapter: hexField,
  rounds: z.number(),
  answer: amountField.nullable(),
  confidence: amountField.nullable(),
  updatedAt: z.number().nullable(),
  funded: amountField,
  cancelled: z.boolean(),
  createdAt: z.number(),
});

/** A feed with its newest round; answer and confidence are in units of its last decimal. */
export type FeedRow = z.output<typeof feedSchema>;

/** The columns of `feedSchema`, as a query selects them. */
export const FEED_FIELDS: string = Object.keys(feedSchema.shape).join(" ");

export const FEEDS_QUERY = `query Feeds($after: String) {
  feeds(orderBy: "createdAt", orderDirection: "desc", limit: 50, after: $after) {
    items { ${FEED_FIELDS} }
    pageInfo { endCursor hasNextPage }
  }
}`;

/** Returns some feeds from a cursor on, the newest first. */
export async function listFeeds(
  after: string | null,
  signal?: AbortSignal,
): Promise<RowsOf<FeedRow>> {
  const schema = z.object({ feeds: pageOf(feedSchema) });
  return (await queryIndexer(schema, FEEDS_QUERY, { after }, signal)).feeds;
}
