import type { Context } from "ponder:registry";
import { ponder } from "ponder:registry";
import { round } from "ponder:schema";
import type { Hex } from "viem";
import { changeOperator, seenBy } from "./changeOperator.ts";

type RoundRow = typeof round.$inferSelect;

ponder.on("Quorum:RoundOpened", async ({ event, context: { db } }) => {
  const { round: id, client, request, record } = event.args;
  await db.insert(round).values({
    ...{ id, client, request, status: "open", k: record.k, n: record.n },
    ...{ seats: 0, committed: 0, revealed: 0, agreed: 0, absent: 0 },
    openedAt: Number(event.block.timestamp),
  });
});

ponder.on("Quorum:SeatTaken", async ({ event, context: { db } }) => {
  await changeRound(db, event.args.round, (row) => ({ status: "drawn", seats: row.seats + 1 }));
});

ponder.on("Quorum:OutputCommitted", async ({ event, context: { db } }) => {
  const { round: id, operator } = event.args;
  await changeRound(db, id, (row) => ({ committed: row.committed + 1 }));
  const at = Number(event.block.timestamp);
  await changeOperator(db, operator, (row) => ({ lastSeenAt: seenBy(row, event, at) }));
});

ponder.on("Quorum:OutputRevealed", async ({ event, context: { db } }) => {
  const { round: id, operator } = event.args;
  await changeRound(db, id, (row) => ({ revealed: row.revealed + 1 }));
  const at = Number(event.block.timestamp);
  await changeOperator(db, operator, (row) => ({ lastSeenAt: seenBy(row, event, at) }));
});

ponder.on("Quorum:RoundConcluded", async ({ event, context: { db } }) => {
  const { round: id, agreed } = event.args;
  await changeRound(db, id, () => ({
    status: "concluded",
    agreed: Number(agreed),
    endedAt: Number(event.block.timestamp),
  }));
});

ponder.on("Quorum:RoundFailed", async ({ event, context: { db } }) => {
  const endedAt = Number(event.block.timestamp);
  await changeRound(db, event.args.round, () => ({ status: "failed", endedAt }));
});

ponder.on("Quorum:MemberAbsent", async ({ event, context: { db } }) => {
  const { round: id, operator } = event.args;
  await changeRound(db, id, (row) => ({ absent: row.absent + 1 }));
  await changeOperator(db, operator, (row) => ({ missed: row.missed + 1 }));
});

async function changeRound(
  db: Context["db"],
  id: Hex,
  change: (row: RoundRow) => Partial<Omit<RoundRow, "id">>,
): Promise<void> {
  if ((await db.find(round, { id })) === null) return;
  await db.update(round, { id }).set((row) => change(row));
}
