import type { Context } from "ponder:registry";
import { ponder } from "ponder:registry";
import { batch, channel } from "ponder:schema";
import type { Hex } from "viem";
import { numberToHex, zeroAddress } from "viem";
import { addToNetwork } from "./addToNetwork.ts";
import { changeOperator, seenBy } from "./changeOperator.ts";
import { channelId } from "./rows/channelId.ts";

type BatchRow = typeof batch.$inferSelect;

ponder.on("ReceiptLedger:Deposited", async ({ event, context: { db } }) => {
  const { requester, operator, token } = event.args;
  await db
    .insert(channel)
    .values({ id: channelId(requester, operator, token), requester, operator, token })
    .onConflictDoNothing();
});

ponder.on("ReceiptLedger:BatchPosted", async ({ event, context: { db } }) => {
  const { batch: id, poster, root, count, bond } = event.args;
  const at = Number(event.block.timestamp);
  await db.insert(batch).values({
    ...{ id: batchKey(id), poster, root, count: Number(count), bond },
    ...{ paid: 0, refused: 0, disputed: 0, proven: 0, skipped: 0, amount: 0n },
    ...{ released: false, slashed: false, postedAt: at, tx: event.transaction.hash },
  });
  await changeOperator(db, poster, (row) => ({ lastSeenAt: seenBy(row, event, at) }));
});

ponder.on("ReceiptLedger:ItemPaid", async ({ event, context: { db } }) => {
  const { batch: id, channel: paidFrom, amount } = event.args;
  const found = await db.find(channel, { id: paidFrom });
  const native = found?.token === zeroAddress ? amount : 0n;
  await changeBatch(db, id, (row) => ({ paid: row.paid + 1, amount: row.amount + native }));
  if (found === null || native === 0n) return;
  await changeOperator(db, found.operator, (row) => ({ earned: row.earned + native }));
  await addToNetwork(db, Number(event.block.timestamp), { fees: native });
});

ponder.on("ReceiptLedger:ItemRefused", async ({ event, context: { db } }) => {
  await changeBatch(db, event.args.batch, (row) => ({ refused: row.refused + 1 }));
});

ponder.on("ReceiptLedger:ItemDisputed", async ({ event, context: { db } }) => {
  await changeBatch(db, event.args.batch, (row) => ({ disputed: row.disputed + 1 }));
});

ponder.on("ReceiptLedger:ItemProven", async ({ event, context: { db } }) => {
  await changeBatch(db, event.args.batch, (row) => ({ proven: row.proven + 1 }));
});

ponder.on("ReceiptLedger:ItemSkipped", async ({ event, context: { db } }) => {
  await changeBatch(db, event.args.batch, (row) => ({ skipped: row.skipped + 1 }));
});

ponder.on("ReceiptLedger:BondReleased", async ({ event, context: { db } }) => {
  await changeBatch(db, event.args.batch, () => ({ released: true }));
});

ponder.on("ReceiptLedger:BondSlashed", async ({ event, context: { db } }) => {
  const { batch: id, reward, burned } = event.args;
  await changeBatch(db, id, () => ({ slashed: true }));
  await addToNetwork(db, Number(event.block.timestamp), { slashed: reward + burned, burned });
});

function batchKey(id: bigint): Hex {
  return numberToHex(id, { size: 32 });
}

async function changeBatch(
  db: Context["db"],
  id: bigint,
  change: (row: BatchRow) => Partial<Omit<BatchRow, "id">>,
): Promise<void> {
  const key = { id: batchKey(id) };
  if ((await db.find(batch, key)) === null) return;
  await db.update(batch, key).set((row) => change(row));
}
