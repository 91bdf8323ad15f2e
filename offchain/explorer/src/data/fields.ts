import type { Hex } from "@vouch/protocol";
import * as z from "zod";

// Columns as the indexer's GraphQL gives them: hex as text, amounts as decimals.

export const hexField: z.ZodType<Hex> = z
  .string()
  .regex(/^0x[0-9a-f]*$/i)
  .transform((value) => value.toLowerCase() as Hex);

export const amountField: z.ZodType<bigint> = z
  .string()
  .regex(/^-?\d{1,78}$/)
  .transform(BigInt);

const pageInfo = z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() });

/** A page of rows, and the cursor of the next; null where there is none. */
export type RowsOf<T> = { readonly rows: readonly T[]; readonly next: string | null };

/** Rows of a plural query that selects `items` and `pageInfo { endCursor hasNextPage }`. */
export function pageOf<T>(item: z.ZodType<T>): z.ZodType<RowsOf<T>> {
  return z
    .object({ items: z.array(item), pageInfo })
    .transform(({ items, pageInfo: { endCursor, hasNextPage } }) => ({
      rows: items,
      next: hasNextPage ? endCursor : null,
    }));
}

/** Rows of a plural query that selects `items` alone. */
export function itemsOf<T>(item: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.object({ items: z.array(item) }).transform(({ items }) => items);
}
