import { ponder } from "ponder:registry";
import { model, release, request } from "ponder:schema";
import { zeroAddress } from "viem";
import { addCounts, ASKED } from "./addCounts.ts";
import { addStep } from "./addStep.ts";
import { addToNetwork } from "./addToNetwork.ts";
import { changeOperator, seenBy } from "./changeOperator.ts";
import { isWeak, OPTIMISTIC } from "./rows/evidenceBits.ts";
import { refundStatus } from "./rows/refundStatus.ts";
import { requestTerms, shownWords } from "./rows/requestTerms.ts";

ponder.on("InferenceRequests:InferenceRequested", async ({ event, context: { db } }) => {
  const { id, requester, params } = event.args;
  const at = Number(event.block.timestamp);
  const asked = await db.find(release, { id: event.args.release });
  if (asked === null) return; // the contract takes requests for published releases only
  const { modelId } = asked;
  const terms = requestTerms(params);
  await db.insert(request).values({
    ...terms,
    ...{ id, release: asked.id, modelId, requester, status: "open" },
    askedAt: at,
    askedBlock: Number(event.block.number),
    askedTx: event.transaction.hash,
  });
  await addStep(db, event, {
    ...{ request: id, kind: "InferenceRequested", actor: requester },
    data: { escrow: terms.escrow.toString() },
  });
  await db
    .update(release, { id: asked.id })
    .set((row) => ({ requests: row.requests + 1, lastUsedAt: at }));
  await db
    .update(model, { id: modelId })
    .set((row) => ({ requests: row.requests + 1, lastUsedAt: at }));
  const value = params.token === zeroAddress ? terms.escrow : 0n;
  await addCounts(db, {
    ...{ at, release: asked.id, modelId, kinds: ASKED, weak: false },
    ...{ value, fees: 0n, seconds: 0n, gas: 0n },
  });
  await addToNetwork(db, at, { requests: 1, escrowed: value });
});

ponder.on("InferenceRequests:RequestLocked", async ({ event, context: { db } }) => {
  const { id, operator, fee } = event.args;
  const at = Number(event.block.timestamp);
  if ((await db.find(request, { id })) === null) return;
  await db.update(request, { id }).set({ status: "locked", operator, fee, lockedAt: at });
  await addStep(db, event, {
    ...{ request: id, kind: "RequestLocked", actor: operator },
    data: { fee: fee.toString() },
  });
  await changeOperator(db, operator, (row) => ({
    locks: row.locks + 1,
    lastSeenAt: seenBy(row, event, at),
  }));
});

ponder.on("InferenceRequests:RequestUnlocked", async ({ event, context: { db } }) => {
  const { id, operator } = event.args;
  if ((await db.find(request, { id })) === null) return;
  await db
    .update(request, { id })
    .set({ status: "open", operator: null, fee: null, lockedAt: null });
  await addStep(db, event, { request: id, kind: "RequestUnlocked", actor: operator });
  const at = Number(event.block.timestamp);
  await changeOperator(db, operator, (row) => ({ lastSeenAt: seenBy(row, event, at) }));
});

ponder.on("Answers:InferenceFulfilled", async ({ event, context: { db } }) => {
  const { id, operator, output, assurance, window } = event.args;
  const at = Number(event.block.timestamp);
  const row = await db.find(request, { id });
  if (row === null) return;
  const { kinds, flags, quorumK, quorumN, minTcb, stakeAtRisk } = assurance;
  await db.update(request, { id }).set({
    status: window === 0n ? "fulfilled" : "provisional",
    ...{ operator, kinds, flags, quorumK, quorumN, minTcb, stakeAtRisk },
    // Nobody is paid for an answer to a request that expired.
    fee: row.status === "expired" ? 0n : row.fee,
    output: shownWords(output),
    outputWords: output.length,
    window: Number(window),
    gasUsed: Number(event.transactionReceipt.gasUsed),
    answeredAt: at,
    answeredTx: event.transaction.hash,
    endedAt: window === 0n ? at : null,
  });
  await addStep(db, event, {
    ...{ request: id, kind: "InferenceFulfilled", actor: operator },
    data: { kinds, flags, window: Number(window) },
  });
  await db.update(release, { id: row.release }).set((it) => ({ answers: it.answers + 1 }));
  await db.update(model, { id: row.modelId }).set((it) => ({ answers: it.answers + 1 }));
  await changeOperator(db, operator, (it) => ({
    answers: it.answers + 1,
    seconds: it.seconds + BigInt(at - row.askedAt),
    lastSeenAt: seenBy(it, event, at),
  }));
  await addToNetwork(db, at, { answers: 1 });
});

ponder.on("InferenceRequests:RequestSettled", async ({ event, context: { db } }) => {
  const { id, paid, royalty, surplus } = event.args;
  const at = Number(event.block.timestamp);
  const row = await db.find(request, { id });
  if (row === null) return;
  await db.update(request, { id }).set({ paid, royalty });
  await addStep(db, event, {
    ...{ request: id, kind: "RequestSettled" },
    data: {
      ...{ paid: paid.toString(), royalty: royalty.toString(), surplus: surplus.toString() },
    },
  });
  // Amounts in other tokens cannot be added to these.
  const isNative = row.token === zeroAddress;
  const [fees, royalties] = isNative ? [paid, royalty] : [0n, 0n];
  await db.update(release, { id: row.release }).set((it) => ({
    fees: it.fees + fees,
    royalties: it.royalties + royalties,
  }));
  await db.update(model, { id: row.modelId }).set((it) => ({ fees: it.fees + fees }));
  if (row.operator !== null)
    await changeOperator(db, row.operator, (it) => ({ earned: it.earned + fees }));
  // The cover stands behind answers that were paid for only.
  const fee = row.fee ?? 0n;
  await addCounts(db, {
    ...{ at, release: row.release, modelId: row.modelId },
    ...{ kinds: row.kinds ?? 0, weak: isWeak(row.flags ?? 0) },
    ...{ value: isNative && fee > 0n ? fee + row.cover : 0n, fees },
    seconds: BigInt((row.answeredAt ?? at) - row.askedAt),
    gas: BigInt(row.gasUsed ?? 0),
  });
  await addToNetwork(db, at, { finals: 1, fees, royalties });
});

ponder.on("InferenceRequests:FulfilmentRefused", async ({ event, context: { db } }) => {
  await addStep(db, event, { request: event.args.id, kind: "FulfilmentRefused" });
});

ponder.on("InferenceRequests:AnswerContested", async ({ event, context: { db } }) => {
  const { id } = event.args;
  if ((await db.find(request, { id })) === null) return;
  await db.update(request, { id }).set({ status: "challenged" });
  await addStep(db, event, { request: id, kind: "AnswerContested" });
});

ponder.on("InferenceRequests:AnswerFinalized", async ({ event, context: { db } }) => {
  const { id } = event.args;
  if ((await db.find(request, { id })) === null) return;
  await db.update(request, { id }).set((row) => ({
    status: "fulfilled",
    kinds: (row.kinds ?? 0) | OPTIMISTIC,
    endedAt: Number(event.block.timestamp),
  }));
  await addStep(db, event, { request: id, kind: "AnswerFinalized" });
});

ponder.on("InferenceRequests:AnswerOverturned", async ({ event, context: { db } }) => {
  const { id, operator } = event.args;
  const at = Number(event.block.timestamp);
  if ((await db.find(request, { id })) === null) return;
  await db.update(request, { id }).set({ status: "overturned", endedAt: at });
  await addStep(db, event, { request: id, kind: "AnswerOverturned", actor: operator });
  await changeOperator(db, operator, (row) => ({ overturned: row.overturned + 1 }));
  await addToNetwork(db, at, { overturned: 1 });
});

ponder.on("InferenceRequests:CallbackAttempted", async ({ event, context: { db } }) => {
  const { id, epoch, delivered } = event.args;
  if ((await db.find(request, { id })) === null) return;
  await db.update(request, { id }).set({ delivered });
  await addStep(db, event, {
    ...{ request: id, kind: "CallbackAttempted" },
    data: { epoch: epoch.toString(), delivered },
  });
});

ponder.on("InferenceRequests:RequestRefunded", async ({ event, context: { db } }) => {
  const { id, requester, amount } = event.args;
  const at = Number(event.block.timestamp);
  const row = await db.find(request, { id });
  if (row === null) return;
  const { status, lockDeadline, operator } = row;
  const ended = refundStatus({ status, lockDeadline, at, input: event.transaction.input });
  await db.update(request, { id }).set({ status: ended, endedAt: at });
  await addStep(db, event, {
    ...{ request: id, kind: "RequestRefunded", actor: requester },
    data: { amount: amount.toString() },
  });
  if (status === "locked" && operator !== null)
    await changeOperator(db, operator, (it) => ({ missed: it.missed + 1 }));
  await addToNetwork(db, at, { refunds: 1 });
});
