import type { Policy } from "@vouch/protocol";
import type { Guarantee } from "./guarantee.ts";
import type { StakeTerms } from "./stakeTerms.ts";
import type { Warning } from "./warnings.ts";

/** Why an alternative is not recommended. */
export type Shortfall =
  /** Nothing meets it for this release, here and now: the router refuses such a request, or every answer to it. */
  | "IMPOSSIBLE"
  /** The value at stake is above what it reaches. */
  | "TOO_WEAK"
  | "TOO_SLOW"
  | "OVER_BUDGET"
  /** No operator could expose what the request demands. */
  | "NO_STAKE"
  /** Fewer operators offered themselves than a panel has seats. */
  | "PANEL_TOO_SMALL"
  /** No enclave that counts serves the release. */
  | "NO_ENCLAVE";

/** What one answer costs, in wei of the native token. Sending the request itself comes on top, and callbacks. */
export type AnswerCost = {
  /** Units of gas from the lock to finality; as `PolicyQuotes` has it. */
  readonly gas: bigint;
  /** Not set where `gas` lacks that of a verifier of the publisher's choice. */
  readonly gasKnown: boolean;
  /** `gas` at the chain's price. */
  readonly verification: bigint;
  /** What is offered, or what such answers were paid; undefined where neither is known. */
  readonly fee: bigint | undefined;
  /** The price of cover: what the exposed stake would earn elsewhere. Part of the fee that an operator will want; no contract charges it. */
  readonly premium: bigint;
  readonly total: bigint;
};

/** How long an answer takes after the lock, in seconds, work of the operator included as far as it is known. */
export type AnswerTime = {
  /** If nobody challenges it; a panel at its slowest. */
  readonly usual: number;
  /** If it is challenged in the last second. */
  readonly atMost: number;
};

/** A policy as advice has it; the release's floor is demanded beside it and counted in everything here. */
export type Alternative = {
  /** With the stake that it takes as `minStake`. */
  readonly policy: Policy;
  /** As `parseBranches` reads it, without the stake. */
  readonly text: string;
  /** What to ask for beside the policy, wei: the fields of `RequestParams` with these names. */
  readonly terms: StakeTerms;
  /** Undefined where it is impossible. */
  readonly cost: AnswerCost | undefined;
  readonly time: AnswerTime | undefined;
  readonly guarantee: Guarantee;
  /** Whom one trusts, clause by clause. */
  readonly trusts: readonly string[];
  /** Whether the guarantee reaches the value at stake. */
  readonly sufficient: boolean;
  /** Why it is not recommended; empty where it could be. */
  readonly shortfalls: readonly Shortfall[];
  readonly warnings: readonly Warning[];
};
