import { ponder } from "ponder:registry";
import { feed, feedRound, request } from "ponder:schema";
import { zeroAddress, zeroHash } from "viem";
import { addToNetwork } from "./addToNetwork.ts";

ponder.on("Scheduler:FeedCreated", async ({ event, context: { db } }) => {
  const { feed: id, sponsor, release, adapter } = event.args;
  const at = Number(event.block.timestamp);
  const values = { sponsor, release, adapter, createdAt: at };
  await db
    .insert(feed)
    .values({ id, ...values, rounds: 0, funded: 0n, cancelled: false })
    .onConflictDoUpdate(values);
  await addToNetwork(db, at, { feeds: 1 });
});

// What a feed is created with, it says in its constructor: before the scheduler says whose it is.
ponder.on("ModelFeed:ScheduleFunded", async ({ event, context: { db } }) => {
  const { from, amount } = event.args;
  await db
    .insert(feed)
    .values({
      ...{ id: event.log.address, sponsor: from, release: zeroHash, adapter: zeroAddress },
      ...{ rounds: 0, funded: amount, cancelled: false },
      createdAt: Number(event.block.timestamp),
    })
    .onConflictDoUpdate((row) => ({ funded: row.funded + amount }));
});

ponder.on("ModelFeed:ScheduleCancelled", async ({ event, context: { db } }) => {
  const id = event.log.address;
  if ((await db.find(feed, { id })) === null) return;
  await db.update(feed, { id }).set({ cancelled: true });
});

// It comes right before the event that says which request the answer is of.
ponder.on("ModelFeed:AnswerUpdated", async ({ event, context: { db } }) => {
  const { current, updatedAt } = event.args;
  const id = event.log.address;
  if ((await db.find(feed, { id })) === null) return;
  await db.update(feed, { id }).set({ answer: current, updatedAt: Number(updatedAt) });
});

ponder.on("ModelFeed:RoundRecorded", async ({ event, context: { db } }) => {
  const { round, request: asked, confidence, provenance } = event.args;
  const id = event.log.address;
  const row = await db.find(feed, { id });
  if (row === null) return;
  const answered = await db.find(request, { id: asked });
  await db.insert(feedRound).values({
    id: `${id}:${round}`,
    ...{ feed: id, round, request: asked, confidence, provenance },
    answer: row.answer ?? 0n,
    kinds: answered?.kinds ?? 0,
    flags: answered?.flags ?? 0,
    at: Number(event.block.timestamp),
  });
  await db.update(feed, { id }).set({ rounds: Number(round), confidence });
});
