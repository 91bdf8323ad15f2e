import type { Contracts, Deployment, Domain, Hex, ReleaseId } from "@vouch/protocol";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { Purse } from "./gatewayOptions.ts";
import type { HttpClient } from "./httpClient.ts";

/** What everything that asks one gateway stands on. */
export type GatewaySession = {
  readonly domain: Domain;
  readonly deployment: Deployment;
  readonly http: HttpClient;
  readonly attempts: number;
  /** In lower case; undefined where anybody's are checked by the chain, or count for nothing. */
  readonly operators: readonly Hex[] | undefined;
  /** Null without a chain. */
  readonly contracts: Contracts | null;
  readonly releases: ReadonlyMap<string, ReleaseId>;
  readonly pay: Purse | undefined;
  /** Descriptions that hashed to their ids. */
  readonly known: Map<ReleaseId, FetchedRelease>;
};
