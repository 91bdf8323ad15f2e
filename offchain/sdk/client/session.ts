import type { Contracts, Deployment, Domain, ReleaseId } from "@vouch/protocol";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { ChainAccess } from "./chainAccess.ts";
import type { ReadChain } from "./readChain.ts";
import type { SendOnce } from "./sendOnce.ts";

/** What the functions of one client share. */
export type Session = {
  readonly access: ChainAccess;
  readonly deployment: Deployment;
  readonly domain: Domain;
  /** They read. */
  readonly contracts: Contracts;
  readonly read: ReadChain;
  readonly sendOnce: SendOnce;
  readonly pollIntervalMs: number;
  /** Releases that were read: none ever changes. */
  readonly known: Map<ReleaseId, FetchedRelease>;
};
