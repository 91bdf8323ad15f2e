import type { CircuitId, Hex, Policy, Release, ReleaseId, TensorEncoding } from "@vouch/protocol";
import type { PolicyQuote } from "../quotePolicy.ts";
import type { StakeTerms } from "./stakeTerms.ts";

/** What the chain says of a release's circuit, or of the worst of those that it is proven by. */
export type CircuitFacts = {
  readonly id: CircuitId;
  readonly setup: "unverified" | "development";
  readonly weights: "committed" | "constant";
  readonly inputMode: TensorEncoding["mode"];
  readonly outputMode: TensorEncoding["mode"];
  /** Addresses that attest the set-up now. */
  readonly attesters: readonly Hex[];
};

/** An operator that may lock requests. Amounts in wei. */
export type OperatorFacts = {
  readonly operator: Hex;
  /** What stands behind its signatures; 0 where they count as no evidence now. */
  readonly bond: bigint;
  /** Own stake that nothing else exposes. */
  readonly freeOwn: bigint;
  /** What it could expose in one request, delegated stake included. */
  readonly available: bigint;
};

/** Operators that offered themselves for panels over a release. */
export type PoolFacts = {
  /** Places of the pool that answers requests. */
  readonly answering: number;
  /** Places of the pool that judges challenges. */
  readonly judging: number;
  /** Wei of own stake that each place takes. */
  readonly minStake: bigint;
};

/** Enclaves with a measurement that the publisher approved for the release. */
export type EnclaveFacts = {
  /** Keys that count now, neither simulated nor vouched for. */
  readonly live: number;
  readonly simulated: number;
  readonly vouched: number;
};

/** How the vault exposes and slashes stake. */
export type StakeRules = {
  /** Own stake is at least one part in so many of what is exposed. */
  readonly leverage: bigint;
  /** What who shows a fault gets at most of the own stake that is left behind the compensation, in hundredths of a percent. */
  readonly rewardBps: bigint;
  /** Seconds for which the stake behind an answer that is final stays exposed. */
  readonly liabilityPeriod: bigint;
};

/** A policy, and what answers by it and the floor take; undefined where no request could be made with it. */
export type QuotedPolicy = { readonly policy: Policy; readonly quote: PolicyQuote | undefined };

/** What the chain says, quotes aside. */
export type ReleaseFacts = {
  readonly release: Pick<Release, "model" | "version" | "runtime" | "floor"> & {
    readonly id: ReleaseId;
    readonly deprecated: boolean;
  };
  readonly circuit: CircuitFacts | null;
  /** Wei per unit of gas. */
  readonly gasPrice: bigint;
  readonly operators: readonly OperatorFacts[];
  /** Null where the deployment has no panels. */
  readonly pools: PoolFacts | null;
  readonly enclaves: EnclaveFacts;
  readonly rules: StakeRules;
};

/** What of a release decides whom one trusts who asks it. */
export type TrustFacts = {
  readonly release: Pick<Release, "runtime">;
  readonly circuit: CircuitFacts | null;
};

/** A policy that the asker has in mind. It is weighed with what its request exposes, never with what it could. */
export type ChosenPolicy = QuotedPolicy & {
  /** The policy's least stake, or the floor's, and no cover where absent. */
  readonly terms?: StakeTerms;
};

/** All that advice rests on. */
export type AdviceFacts = ReleaseFacts & {
  readonly alternatives: readonly QuotedPolicy[];
  readonly chosen?: ChosenPolicy;
};

/** Whether a proof could show that a signed answer is wrong, as `SignatureEvidence` takes one. */
export function isContradictable({ release, circuit }: TrustFacts): boolean {
  return (
    release.runtime === "bitExact" &&
    circuit !== null &&
    circuit.outputMode === "public" &&
    circuit.setup !== "development"
  );
}
