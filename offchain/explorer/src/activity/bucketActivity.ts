import type { ActivityRow } from "../data/readActivity.ts";

/** What is charted of a span of time. */
export type Bucket = {
  /** First second. */
  readonly at: number;
  readonly asked: number;
  /** Wei of the native token that was escrowed. */
  readonly escrowed: bigint;
  readonly answered: number;
  readonly fees: bigint;
  /** Averages over what was answered; null where nothing was. */
  readonly latency: number | null;
  readonly gas: number | null;
};

/** Sums rows up to spans of `size` seconds from `from` to `to`, empty ones among them, so that a quiet time looks like one. */
export function bucketActivity(
  rows: readonly ActivityRow[],
  { from, to, size }: { readonly from: number; readonly to: number; readonly size: number },
): readonly Bucket[] {
  const sums = new Map<number, ActivityRow[]>();
  for (const row of rows) {
    const at = startOf(row.at, size);
    const own = sums.get(at);
    if (own === undefined) sums.set(at, [row]);
    else own.push(row);
  }
  const buckets: Bucket[] = [];
  for (let at = startOf(from, size); at <= to; at += size)
    buckets.push(bucketOf(at, sums.get(at) ?? []));
  return buckets;
}

/** Returns the first second of the span that a second is in. */
export function startOf(at: number, size: number): number {
  return Math.floor(at / size) * size;
}

function bucketOf(at: number, rows: readonly ActivityRow[]): Bucket {
  const asked = rows.filter(isAsked);
  const answered = rows.filter((row) => !isAsked(row));
  const count = answered.reduce((sum, row) => sum + row.count, 0);
  const mean = (of: "seconds" | "gas"): number | null =>
    count === 0 ? null : Number(answered.reduce((sum, row) => sum + row[of], 0n)) / count;
  return {
    at,
    asked: asked.reduce((sum, row) => sum + row.count, 0),
    escrowed: asked.reduce((sum, row) => sum + row.value, 0n),
    answered: count,
    fees: answered.reduce((sum, row) => sum + row.fees, 0n),
    latency: mean("seconds"),
    gas: mean("gas"),
  };
}

/** Rows of what was asked stand beside those of what was answered. */
export function isAsked({ kinds }: Pick<ActivityRow, "kinds">): boolean {
  return kinds === -1;
}
