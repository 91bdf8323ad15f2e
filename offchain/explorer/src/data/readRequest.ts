import type { RequestId } from "@vouch/protocol";
import { DISPUTE_STATUSES, policySchema, REQUEST_STATUSES } from "@vouch/protocol";
import * as z from "zod";
import { amountField, hexField, itemsOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";

const time = z.number().nullable();
const requestSchema = z.object({
  id: hexField.transform((id) => id as RequestId),
  release: hexField,
  requester: hexField,
  operator: hexField.nullable(),
  status: z.enum(REQUEST_STATUSES),
  token: hexField,
  escrow: amountField,
  fee: amountField.nullable(),
  paid: amountField.nullable(),
  royalty: amountField.nullable(),
  cover: amountField,
  stake: amountField,
  bond: amountField,
  policy: policySchema,
  inputHash: hexField,
  inputWords: z.number(),
  outputWords: z.number().nullable(),
  kinds: z.number().nullable(),
  flags: z.number().nullable(),
  quorumK: z.number().nullable(),
  quorumN: z.number().nullable(),
  minTcb: z.number().nullable(),
  stakeAtRisk: amountField.nullable(),
  window: z.number().nullable(),
  callbackGas: z.number(),
  delivered: z.boolean().nullable(),
  gasUsed: z.number().nullable(),
  lockDeadline: z.number(),
  deadline: z.number(),
  askedAt: z.number(),
  askedBlock: z.number(),
  askedTx: hexField,
  lockedAt: time,
  answeredAt: time,
  answeredTx: hexField.nullable(),
  endedAt: time,
});
const stepSchema = z.object({
  id: z.string(),
  kind: z.string(),
  actor: hexField.nullable(),
  data: z.record(z.string(), z.unknown()).catch({}),
  at: z.number(),
  block: z.number(),
  tx: hexField,
});
const slashSchema = z.object({
  id: z.string(),
  operator: hexField,
  own: amountField,
  delegated: amountField,
  compensated: amountField,
  rewarded: amountField,
  burned: amountField,
  at: z.number(),
});
const disputeSchema = z.object({
  id: z.string(),
  challenger: hexField,
  bond: amountField,
  status: z.enum(DISPUTE_STATUSES),
  rounds: z.number(),
  decideBy: z.number(),
  openedAt: z.number(),
  decidedAt: time,
});
const releaseSchema = z.object({
  id: hexField,
  model: z.string(),
  version: z.string(),
  manifest: hexField,
  floor: policySchema,
});

/** A request as it was asked and answered. */
export type RequestDetails = z.output<typeof requestSchema>;
export type StepRow = z.output<typeof stepSchema>;
export type SlashRow = z.output<typeof slashSchema>;
export type DisputeRow = z.output<typeof disputeSchema>;
export type ReleaseOfRequest = z.output<typeof releaseSchema>;

/** All that the indexer knows of one request. */
export type RequestHistory = {
  readonly request: RequestDetails;
  readonly steps: readonly StepRow[];
  /** Whether there are more steps than are shown, as where somebody brought answers to be refused. */
  readonly cut: boolean;
  readonly slashes: readonly SlashRow[];
  readonly disputes: readonly DisputeRow[];
  readonly release: ReleaseOfRequest | null;
};

const MAX_STEPS = 200;

export const REQUEST_QUERY = `query Request($id: String!) {
  request(id: $id) {
    id release requester operator status token escrow fee paid royalty cover stake bond policy inputHash inputWords
    outputWords kinds flags quorumK quorumN minTcb stakeAtRisk window callbackGas delivered gasUsed lockDeadline
    deadline askedAt askedBlock askedTx lockedAt answeredAt answeredTx endedAt
  }
  steps(where: { request: $id }, orderBy: "id", limit: ${MAX_STEPS}) {
    items { id kind actor data at block tx }
    pageInfo { endCursor hasNextPage }
  }
  slashs(where: { liability: $id }, orderBy: "at", limit: 50) {
    items { id operator own delegated compensated rewarded burned at }
  }
  disputes(where: { request: $id }, orderBy: "openedAt", limit: 50) {
    items { id challenger bond status rounds decideBy openedAt decidedAt }
  }
}`;
export const RELEASE_OF_QUERY = `query ReleaseOf($id: String!) {
  release(id: $id) { id model version manifest floor }
}`;

/** Returns a request with its history; null where the indexer knows none with this id. */
export async function readRequest(
  id: string,
  signal?: AbortSignal,
): Promise<RequestHistory | null> {
  const schema = z.object({
    request: requestSchema.nullable(),
    steps: z.object({
      items: z.array(stepSchema),
      pageInfo: z.object({ hasNextPage: z.boolean() }),
    }),
    slashs: itemsOf(slashSchema),
    disputes: itemsOf(disputeSchema),
  });
  const found = await queryIndexer(schema, REQUEST_QUERY, { id: id.toLowerCase() }, signal);
  const { request, steps, slashs: slashes, disputes } = found;
  if (request === null) return null;
  const { release } = await queryIndexer(
    z.object({ release: releaseSchema.nullable() }),
    RELEASE_OF_QUERY,
    { id: request.release },
    signal,
  );
  const { items, pageInfo } = steps;
  return { request, steps: items, cut: pageInfo.hasNextPage, slashes, disputes, release };
}
