import type { Contracts, Hex, ReleaseId, RequestId } from "@vouch/protocol";
import { MAX_BATCH_INFERENCES, decodeRequestParams, encodeRequestParams } from "@vouch/protocol";
import type { NewItem } from "@vouch/queue";
import { solidityPackedKeccak256 } from "ethers";
import { z } from "zod";
import { PRODUCIBLE } from "../planEvidence.ts";
import type { Answered, Plan, SegmentPart, Watched } from "../steps/step.ts";

const hex = z.custom<Hex>((it) => typeof it === "string" && /^0x([0-9a-f]{2})*$/.test(it));

const judgeSchema = z.discriminatedUnion("by", [
  z.object({ by: z.literal("proof"), window: z.number() }),
  z.object({ by: z.literal("panel"), window: z.number(), k: z.number(), n: z.number() }),
]);

/** A request in a queue: its parameters as the calldata of `lock` has them. */
export const requestItem = z.object({ request: hex });

/** One that has been run. */
export const answerItem = requestItem.extend({
  evidence: z.array(z.enum(PRODUCIBLE)),
  judge: judgeSchema.optional(),
});

const word = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform(BigInt);

/** One segment of an answer that is to be proven; no salt and no value that passes between segments is in it. */
export const segmentItem = answerItem.extend({
  kind: z.literal("segment"),
  index: z.number().int().nonnegative(),
  digest: hex,
  joins: z.array(word),
});

const release = z.custom<ReleaseId>((it) => hex.safeParse(it).success);

/** One that may be proven with others of its release. */
export const memberItem = answerItem.extend({ kind: z.literal("member"), release });

const members = z.array(answerItem).min(1).max(MAX_BATCH_INFERENCES);

/** Answers of one release that are to be proven by one proof. */
export const batchItem = z.object({ kind: z.literal("batch"), release, members });

/** Answers whose one proof is kept under this digest, and is to be recorded. */
export const recordItem = z.object({ kind: z.literal("record"), release, members, digest: hex });

/** What is proven: an answer, alone or with others, one segment of it, or several answers at once. */
export const proveItem = z.union([segmentItem, memberItem, batchItem, answerItem]);

/** What is settled: an answer, or the one proof of several before them. */
export const settleItem = z.union([recordItem, answerItem]);

/** What is watched: an answer of ours, a round of a pool, an answer of others, a request of that block that may want a panel. */
export const watchItem = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("answer") }),
  z.object({ kind: z.literal("round") }),
  z.object({ kind: z.literal("foreign") }),
  requestItem.extend({ kind: z.literal("panel"), block: z.number().int().nonnegative() }),
]);

export type RequestItem = z.output<typeof requestItem>;
export type AnswerItem = z.output<typeof answerItem>;
export type SegmentItem = z.output<typeof segmentItem>;
export type MemberItem = z.output<typeof memberItem>;
export type BatchItem = z.output<typeof batchItem>;
export type RecordItem = z.output<typeof recordItem>;
export type ProveItem = z.output<typeof proveItem>;
export type SettleItem = z.output<typeof settleItem>;
export type WatchItem = z.output<typeof watchItem>;

type Requests = Pick<Contracts, "requests">;

/** Returns a request as a queue keeps it; it has to be locked by `lockDeadline`. */
export function toRequestItem(
  { id, params }: Watched,
  { requests }: Requests,
): NewItem<RequestItem> {
  const data = requests.interface.encodeFunctionData("lock", [id, encodeRequestParams(params)]);
  return { key: id, deadline: params.lockDeadline, payload: { request: data as Hex } };
}

/** Returns a request that was run as a queue keeps it; it has to be settled by its deadline. */
export function toAnswerItem(
  watched: Watched,
  { evidence, judge }: Plan,
  contracts: Requests,
): NewItem<AnswerItem> {
  const { key, payload } = toRequestItem(watched, contracts);
  const plan = { evidence: [...evidence], ...(judge === undefined ? {} : { judge }) };
  return { key, deadline: watched.params.deadline, payload: { ...payload, ...plan } };
}

/** Returns a segment as the queue of proofs keeps it, under its own digest: beside its request, and once. */
export function toSegmentItem(
  watched: Watched,
  plan: Plan,
  { index, digest, joins }: SegmentPart,
  contracts: Requests,
): NewItem<z.input<typeof segmentItem>> {
  const { payload, deadline } = toAnswerItem(watched, plan, contracts);
  const part = { kind: "segment" as const, index, digest, joins: joins.map(String) };
  return { key: digest as RequestId, deadline, payload: { ...payload, ...part } };
}

/** Returns an answer as the queue of proofs keeps it until others gather to it, or it is proven alone. */
export function toMemberItem(
  watched: Watched,
  plan: Plan,
  contracts: Requests,
): NewItem<MemberItem> {
  const { payload, ...item } = toAnswerItem(watched, plan, contracts);
  return { ...item, payload: { ...payload, kind: "member", release: watched.params.release } };
}

/** Returns answers that are to be proven together as the queue of proofs keeps them: once, beside their requests. */
export function toBatchItem(gathered: readonly NewItem<MemberItem>[]): NewItem<BatchItem> {
  const [first] = gathered;
  if (first === undefined) throw new TypeError("a batch has no answers");
  const keys = gathered.map(({ key }) => key);
  const payload = {
    ...{ kind: "batch" as const, release: first.payload.release },
    members: gathered.map(({ payload: { request, evidence, judge } }) => ({
      ...{ request, evidence },
      ...(judge === undefined ? {} : { judge }),
    })),
  };
  const key = solidityPackedKeccak256(["string", "bytes32[]"], ["vouch.batch.item", keys]);
  const deadline = Math.min(...gathered.map((it) => it.deadline));
  return { key: key as RequestId, deadline, payload };
}

/** Returns a batch that was proven as the queue of settlements keeps it, under the digest of all its statements. */
export function toRecordItem(
  { release: of, members: all }: BatchItem,
  digest: Hex,
  deadline: number,
): NewItem<RecordItem> {
  const payload = { kind: "record" as const, release: of, members: all, digest };
  return { key: digest as RequestId, deadline, payload };
}

/** Returns an open request as what a panel may be drawn for; under another key than its answer, which is watched as well. */
export function toPanelItem(
  watched: Watched,
  block: number,
  contracts: Requests,
): NewItem<WatchItem> {
  const { payload, deadline } = toRequestItem(watched, contracts);
  const key = solidityPackedKeccak256(["string", "bytes32"], ["vouch.panel.item", watched.id]);
  return { key: key as RequestId, deadline, payload: { ...payload, kind: "panel", block } };
}

export function fromRequestItem({ request }: RequestItem, { requests }: Requests): Watched {
  const [id, params] = requests.interface.decodeFunctionData("lock", request) as unknown as [
    RequestId,
    Parameters<typeof decodeRequestParams>[0],
  ]; // what `toRequestItem` encoded
  return { id, params: decodeRequestParams(params) };
}

export function fromAnswerItem(item: AnswerItem, contracts: Requests): Answered {
  const plan: Plan = { evidence: item.evidence, judge: item.judge };
  return { ...fromRequestItem(item, contracts), plan };
}
