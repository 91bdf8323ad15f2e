import type { Context } from "ponder:registry";
import { operator } from "ponder:schema";
import type { Hex } from "viem";

export type OperatorRow = typeof operator.$inferSelect;
type Change = Partial<Omit<OperatorRow, "id">>;

/**
 * Changes an operator's row. Who never staked has none, and does not get one by answering: a panel's contract locks requests too,
 * and a late answer may be anybody's.
 */
export async function changeOperator(
  db: Context["db"],
  id: Hex,
  change: (row: OperatorRow) => Change,
): Promise<void> {
  if ((await db.find(operator, { id })) === null) return;
  await db.update(operator, { id }).set((row) => change(row));
}

/** Returns when the operator was last seen to act: now, where it sent the transaction itself. */
export function seenBy(
  row: OperatorRow,
  event: { readonly transaction: { readonly from: Hex } },
  at: number,
): number {
  return event.transaction.from === row.id ? at : row.lastSeenAt;
}
