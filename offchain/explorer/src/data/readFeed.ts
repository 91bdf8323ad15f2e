import * as z from "zod";
import { amountField, hexField, itemsOf } from "./fields.ts";
import { FEED_FIELDS, feedSchema } from "./listFeeds.ts";
import { queryIndexer } from "./queryIndexer.ts";

const roundSchema = z.object({
  id: z.string(),
  round: amountField,
  request: hexField,
  answer: amountField,
  confidence: amountField,
  kinds: z.number(),
  flags: z.number(),
  at: z.number(),
});
const schema = z.object({ feed: feedSchema.nullable(), feedRounds: itemsOf(roundSchema) });

/** One answer of a feed, and what was verified of it. */
export type FeedRound = z.output<typeof roundSchema>;

/** A feed with its newest rounds, the newest first. */
export type FeedDetails = z.output<typeof schema>;

export const FEED_QUERY = `query Feed($id: String!) {
  feed(id: $id) { ${FEED_FIELDS} }
  feedRounds(where: { feed: $id }, orderBy: "round", orderDirection: "desc", limit: 200) {
    items { id round request answer confidence kinds flags at }
  }
}`;

/** Returns a feed and its newest 200 rounds. */
export function readFeed(id: string, signal?: AbortSignal): Promise<FeedDetails> {
  return queryIndexer(schema, FEED_QUERY, { id: id.toLowerCase() }, signal);
}
