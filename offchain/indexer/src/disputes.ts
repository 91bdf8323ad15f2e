import { DISPUTE_STATUSES } from "@vouch/protocol";
import type { Context } from "ponder:registry";
import { ponder } from "ponder:registry";
import { dispute } from "ponder:schema";
import { addStep } from "./addStep.ts";
import { addToNetwork } from "./addToNetwork.ts";

/** Anyone can write a contract of requests and bring disputes about it: what it says of ids is no word of this deployment's. */
function isOurs(requests: string, contracts: Context["contracts"]): boolean {
  return requests === contracts.InferenceRequests.address;
}

ponder.on("Disputes:AnswerChallenged", async ({ event, context: { db, contracts } }) => {
  const { requests, id, challenger, operator, bond, decideBy } = event.args;
  if (!isOurs(requests, contracts)) return;
  const at = Number(event.block.timestamp);
  await db.insert(dispute).values({
    id: `${requests}:${id}`,
    ...{ request: id, challenger, operator, bond, rounds: 0 },
    status: "awaitingProof", // until a round is opened, in the same transaction
    decideBy: Number(decideBy),
    openedAt: at,
    openedTx: event.transaction.hash,
  });
  await addStep(db, event, {
    ...{ request: id, kind: "AnswerChallenged", actor: challenger },
    data: { bond: bond.toString(), decideBy: Number(decideBy) },
  });
  await addToNetwork(db, at, { disputes: 1 });
});

ponder.on("Disputes:RoundOpened", async ({ event, context: { db, contracts } }) => {
  const { requests, id, round, payer, paid } = event.args;
  const key = { id: `${requests}:${id}` };
  if (!isOurs(requests, contracts) || (await db.find(dispute, key)) === null) return;
  await db
    .update(dispute, key)
    .set((row) => ({ status: "awaitingQuorum", rounds: row.rounds + 1 }));
  await addStep(db, event, {
    ...{ request: id, kind: "RoundOpened", actor: payer },
    data: { round, paid: paid.toString() },
  });
});

ponder.on("Disputes:DisputeDecided", async ({ event, context: { db, contracts } }) => {
  const { requests, id, status } = event.args;
  const key = { id: `${requests}:${id}` };
  if (!isOurs(requests, contracts) || (await db.find(dispute, key)) === null) return;
  const word = DISPUTE_STATUSES[status] ?? "unknown";
  await db.update(dispute, key).set({
    status: word,
    decidedAt: Number(event.block.timestamp),
    decidedTx: event.transaction.hash,
  });
  await addStep(db, event, { request: id, kind: "DisputeDecided", data: { status: word } });
});
