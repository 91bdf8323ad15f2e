import type { Context } from "ponder:registry";
import { day, hour, modelAssurance, releaseDay } from "ponder:schema";
import type { Hex } from "viem";
import { dayOf, hourOf } from "./rows/periods.ts";

/** Stands in place of kinds for what was asked. */
export const ASKED = -1;

/** What counts, of which release, and under which evidence. */
export type Counted = {
  readonly at: number;
  readonly release: Hex;
  readonly modelId: string;
  readonly kinds: number;
  readonly weak: boolean;
  readonly value: bigint;
  readonly fees: bigint;
  readonly seconds: bigint;
  readonly gas: bigint;
};

type Sums = Pick<Counted, "value" | "fees" | "seconds" | "gas"> & { readonly count: number };

/** Counts one request or one final answer in its hour and day, in the day of its release and, an answer, in its model. */
export async function addCounts(db: Context["db"], counted: Counted): Promise<void> {
  const { at, release, modelId, kinds, weak, value, fees, seconds, gas } = counted;
  const key = `${kinds}:${weak ? 1 : 0}`;
  const sums = { count: 1, value, fees, seconds, gas };
  const added = (row: Sums): Sums => ({
    count: row.count + 1,
    value: row.value + value,
    fees: row.fees + fees,
    seconds: row.seconds + seconds,
    gas: row.gas + gas,
  });
  const [hourAt, dayAt] = [hourOf(at), dayOf(at)];
  await db
    .insert(hour)
    .values({ id: `${hourAt}:${key}`, at: hourAt, kinds, weak, ...sums })
    .onConflictDoUpdate(added);
  await db
    .insert(day)
    .values({ id: `${dayAt}:${key}`, at: dayAt, kinds, weak, ...sums })
    .onConflictDoUpdate(added);
  await db
    .insert(releaseDay)
    .values({
      id: `${dayAt}:${release}:${key}`,
      ...{ at: dayAt, release, modelId, kinds, weak },
      ...sums,
    })
    .onConflictDoUpdate(added);
  if (kinds === ASKED) return;
  await db
    .insert(modelAssurance)
    .values({ id: `${modelId}:${key}`, modelId, kinds, weak, count: 1, value })
    .onConflictDoUpdate((row) => ({ count: row.count + 1, value: row.value + value }));
}
