import * as z from "zod";
import { queryIndexer } from "./queryIndexer.ts";

const amount = z.string().transform(BigInt);
const rowSchema = z.object({
  at: z.number().int(),
  kinds: z.number().int(),
  weak: z.boolean(),
  count: z.number().int(),
  value: amount,
  fees: amount,
  seconds: amount,
  gas: amount,
});
const pageSchema = z.object({
  rows: z.object({
    items: z.array(rowSchema),
    pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
  }),
});

/** What was asked (`kinds` -1) or answered under some evidence in one hour or day. */
export type ActivityRow = z.output<typeof rowSchema>;

/** Which rows: of hours or of days, from some second on; of one model alone days are counted. */
export type ActivitySpan = {
  readonly of: "hours" | "days";
  readonly from: number;
  readonly model?: string;
};

/** Ponder gives no more at a time. */
const PAGE = 1_000;

const query = (table: string, where: string): string => `
  query Activity($from: Int!, $after: String${where === "" ? "" : ", $model: String!"}) {
    rows: ${table}(where: { at_gte: $from${where} }, orderBy: "at", orderDirection: "asc", limit: ${PAGE}, after: $after) {
      items { at kinds weak count value fees seconds gas }
      pageInfo { endCursor hasNextPage }
    }
  }`;

/** The questions that the network's charts ask. */
export const ACTIVITY_QUERIES = {
  hours: query("hours", ""),
  days: query("days", ""),
  model: query("releaseDays", ", modelId: $model"),
} as const;

/** Returns what was counted since `from`, in the order of time. */
export async function readActivity(
  { of, from, model }: ActivitySpan,
  signal?: AbortSignal,
): Promise<readonly ActivityRow[]> {
  const text = model === undefined ? ACTIVITY_QUERIES[of] : ACTIVITY_QUERIES.model;
  const all: ActivityRow[] = [];
  let page: z.output<typeof pageSchema>["rows"] | undefined;
  do {
    const variables = {
      ...{ from, after: page?.pageInfo.endCursor ?? null },
      ...(model === undefined ? {} : { model }),
    };
    page = (await queryIndexer(pageSchema, text, variables, signal)).rows;
    all.push(...page.items);
  } while (page.pageInfo.hasNextPage);
  return all;
}
