import type { Context } from "ponder:registry";
import { ponder } from "ponder:registry";
import { liability, operator, slash } from "ponder:schema";
import type { Hex } from "viem";
import { addToNetwork } from "./addToNetwork.ts";
import { changeOperator, seenBy } from "./changeOperator.ts";
import { slashedExit } from "./rows/slashedExit.ts";

/** Makes an operator known: by its first stake or pool, whoever pays for it. */
async function ensureOperator(db: Context["db"], id: Hex, at: number): Promise<void> {
  if ((await db.find(operator, { id })) !== null) return;
  await db.insert(operator).values({
    ...{ id, own: 0n, delegated: 0n, exposure: 0n, openLiabilities: 0, exiting: 0n },
    ...{ slashed: 0n, earned: 0n, locks: 0, answers: 0, overturned: 0, missed: 0, seconds: 0n },
    ...{ enclaves: 0, joinedAt: at, lastSeenAt: 0 },
  });
  await addToNetwork(db, at, { operators: 1 });
}

ponder.on("StakeVault:Staked", async ({ event, context: { db } }) => {
  const { operator: id, amount } = event.args;
  const at = Number(event.block.timestamp);
  await ensureOperator(db, id, at);
  await changeOperator(db, id, (row) => ({
    own: row.own + amount,
    lastSeenAt: seenBy(row, event, at),
  }));
  await addToNetwork(db, at, { stake: amount });
});

ponder.on("StakeVault:PoolOpened", async ({ event, context: { db } }) => {
  const { operator: id, shares } = event.args;
  const at = Number(event.block.timestamp);
  await ensureOperator(db, id, at);
  await changeOperator(db, id, (row) => ({ shares, lastSeenAt: seenBy(row, event, at) }));
});

ponder.on("StakeVault:CommissionAnnounced", async ({ event, context: { db } }) => {
  const { operator: id, commissionBps } = event.args;
  await changeOperator(db, id, () => ({ commissionBps: Number(commissionBps) }));
});

ponder.on("StakeVault:Delegated", async ({ event, context: { db } }) => {
  const { operator: id, amount } = event.args;
  await changeOperator(db, id, (row) => ({ delegated: row.delegated + amount }));
  await addToNetwork(db, Number(event.block.timestamp), { stake: amount });
});

ponder.on("StakeVault:Undelegated", async ({ event, context: { db } }) => {
  const { operator: id, amount } = event.args;
  await changeOperator(db, id, (row) => ({ delegated: row.delegated - amount }));
  await addToNetwork(db, Number(event.block.timestamp), { stake: -amount });
});

ponder.on("StakeVault:EarningsShared", async ({ event, context: { db } }) => {
  const { operator: id, own, delegated } = event.args;
  const at = Number(event.block.timestamp);
  await ensureOperator(db, id, at);
  await changeOperator(db, id, (row) => ({
    own: row.own + own,
    delegated: row.delegated + delegated,
  }));
  await addToNetwork(db, at, { stake: own + delegated });
});

ponder.on("StakeVault:ExitRequested", async ({ event, context: { db } }) => {
  const { operator: id, amount } = event.args;
  await changeOperator(db, id, () => ({ exiting: amount }));
});

ponder.on("StakeVault:ExitCancelled", async ({ event, context: { db } }) => {
  await changeOperator(db, event.args.operator, () => ({ exiting: 0n }));
});

ponder.on("StakeVault:ExitWithdrawn", async ({ event, context: { db } }) => {
  const { operator: id, amount } = event.args;
  await changeOperator(db, id, (row) => ({ own: row.own - amount, exiting: 0n }));
  await addToNetwork(db, Number(event.block.timestamp), { stake: -amount });
});

ponder.on("StakeVault:LiabilityOpened", async ({ event, context: { db } }) => {
  const { operator: id, holder, liability: name, own, delegated, lapsesAt } = event.args;
  const amount = own + delegated;
  const values = { amount, lapsesAt: Number(lapsesAt) };
  await db
    .insert(liability)
    .values({ id: `${id}:${holder}:${name}`, operator: id, holder, liability: name, ...values })
    .onConflictDoUpdate(values);
  await changeOperator(db, id, (row) => ({
    exposure: row.exposure + amount,
    openLiabilities: row.openLiabilities + 1,
  }));
  await addToNetwork(db, Number(event.block.timestamp), { exposure: amount });
});

ponder.on("StakeVault:LiabilityClosed", async ({ event, context: { db } }) => {
  const { operator: id, holder, liability: name } = event.args;
  const freed = await closeLiability(db, id, `${id}:${holder}:${name}`);
  await addToNetwork(db, Number(event.block.timestamp), { exposure: -freed });
});

ponder.on("StakeVault:Slashed", async ({ event, context: { db } }) => {
  const { operator: id, holder, liability: name, own, delegated, burned } = event.args;
  const { compensated, rewarded } = event.args;
  const at = Number(event.block.timestamp);
  const freed = await closeLiability(db, id, `${id}:${holder}:${name}`);
  await changeOperator(db, id, (row) => ({
    own: row.own - own,
    delegated: row.delegated - delegated,
    exiting: slashedExit(row.exiting, row.own, own),
    slashed: row.slashed + own + delegated,
  }));
  await db.insert(slash).values({
    id: event.id,
    ...{ operator: id, holder, liability: name, own, delegated, compensated, rewarded, burned },
    at,
    block: Number(event.block.number),
    tx: event.transaction.hash,
  });
  const slashed = own + delegated;
  await addToNetwork(db, at, { slashed, burned, stake: -slashed, exposure: -freed });
});

/** Ends a liability, and returns what it exposed. */
async function closeLiability(db: Context["db"], id: Hex, key: string): Promise<bigint> {
  const open = await db.find(liability, { id: key });
  if (open === null) return 0n;
  await db.delete(liability, { id: key });
  await changeOperator(db, id, (row) => ({
    exposure: row.exposure - open.amount,
    openLiabilities: row.openLiabilities - 1,
  }));
  return open.amount;
}
