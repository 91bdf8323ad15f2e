import * as z from "zod";
import { queryIndexer } from "./queryIndexer.ts";

const amount = z.string().transform(BigInt);
const schema = z.object({
  network: z
    .object({
      requests: z.number(),
      answers: z.number(),
      finals: z.number(),
      refunds: z.number(),
      overturned: z.number(),
      disputes: z.number(),
      models: z.number(),
      releases: z.number(),
      operators: z.number(),
      feeds: z.number(),
      escrowed: amount,
      fees: amount,
      royalties: amount,
      slashed: amount,
      burned: amount,
      stake: amount,
      exposure: amount,
      lastEventAt: z.number(),
    })
    .nullable(),
  online: z.object({ totalCount: z.number() }),
  slashes: z.object({
    items: z.array(
      z.object({
        id: z.string(),
        operator: z.string(),
        own: amount,
        delegated: amount,
        compensated: amount,
        rewarded: amount,
        burned: amount,
        at: z.number(),
      }),
    ),
  }),
  recent: z.object({
    items: z.array(
      z.object({
        id: z.string(),
        release: z.string(),
        requester: z.string(),
        status: z.string(),
        kinds: z.number().nullable(),
        flags: z.number().nullable(),
        askedAt: z.number(),
      }),
    ),
  }),
});

/** What the network's page shows beside its charts. */
export type Network = z.output<typeof schema>;

/** An operator that the chain heard of in this many seconds counts as online: one is heard of where it locks, answers or stakes. */
export const ONLINE_SECONDS = 86_400;

/** The question of the network's page. */
export const NETWORK_QUERY = `
  query Network($seenFrom: Int!) {
    network(id: "network") {
      requests answers finals refunds overturned disputes models releases operators feeds
      escrowed fees royalties slashed burned stake exposure lastEventAt
    }
    online: operators(where: { lastSeenAt_gte: $seenFrom }, limit: 1) { totalCount }
    slashes: slashs(orderBy: "at", orderDirection: "desc", limit: 10) {
      items { id operator own delegated compensated rewarded burned at }
    }
    recent: requests(orderBy: "askedAt", orderDirection: "desc", limit: 10) {
      items { id release requester status kinds flags askedAt }
    }
  }`;

/** Returns the network as it stands at a second of the chain. */
export function readNetwork(now: number, signal?: AbortSignal): Promise<Network> {
  return queryIndexer(schema, NETWORK_QUERY, { seenFrom: now - ONLINE_SECONDS }, signal);
}
