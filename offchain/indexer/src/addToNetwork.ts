import type { Context } from "ponder:registry";
import { network } from "ponder:schema";

type Totals = Omit<typeof network.$inferSelect, "id" | "lastEventAt">;

const ID = "network";
const NOTHING: Totals = {
  ...{ requests: 0, answers: 0, finals: 0, refunds: 0, overturned: 0, disputes: 0 },
  ...{ models: 0, releases: 0, operators: 0, feeds: 0 },
  ...{ escrowed: 0n, fees: 0n, royalties: 0n, slashed: 0n, burned: 0n, stake: 0n, exposure: 0n },
};

/** Adds to the totals of the whole network; what is taken away is negative. */
export async function addToNetwork(
  db: Context["db"],
  at: number,
  added: Partial<Totals>,
): Promise<void> {
  await db
    .insert(network)
    .values({ id: ID, lastEventAt: at, ...NOTHING, ...added })
    .onConflictDoUpdate((row) => ({ lastEventAt: at, ...sumOf(row, added) }));
}

function sumOf(row: Totals, added: Partial<Totals>): Partial<Totals> {
  const sums: Record<string, number | bigint> = {};
  for (const [name, more] of Object.entries(added)) {
    const before = row[name as keyof Totals];
    sums[name] = typeof before === "bigint" ? before + (more as bigint) : before + (more as number);
  }
  return sums;
}
