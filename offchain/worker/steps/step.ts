import type {
  Contracts,
  Courts,
  Domain,
  Hex,
  RequestId,
  RequestParams,
  RequestStatus,
  Statement,
  StatementSignature,
} from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { Logger } from "pino";
import type { DefenceCosts } from "../duties/defence.ts";
import type { StakeKeeper } from "../duties/stakeKeeper.ts";
import type { Enclave } from "../enclave.ts";
import type { WorkerEvent } from "../events.ts";
import type { Judge } from "../planAnswer.ts";
import type { Producible } from "../planEvidence.ts";
import type { TokenTerms } from "../refusalOf.ts";
import type { KeptBatches } from "../proving/keptBatches.ts";
import type { StatementProver } from "../proving/statementProver.ts";
import type { Openings } from "../openings.ts";
import type { Releases } from "../releases.ts";
import type { Send } from "../send.ts";
import type { SignEntry } from "../signLog.ts";
import type { Answers } from "./answers.ts";

/** A request as the chain's log has it. */
export type Watched = {
  readonly id: RequestId;
  readonly params: RequestParams;
};

/** How a request is answered: the kinds of evidence, and who decides a challenge; without a judge it is final at once. */
export type Plan = { readonly evidence: readonly Producible[]; readonly judge: Judge | undefined };

/** Between looks at what another node has told of and this one does not know: it lags, or a reorganisation is under way. */
export const UNSEEN_SECONDS = 5;

/** Whether a node knows of no answer: there is none, it lags behind it, or a reorganisation took it. */
export function isUnanswered(status: RequestStatus): boolean {
  return status === "none" || status === "open" || status === "locked";
}

/** A request that has been run. */
export type Answered = Watched & { readonly plan: Plan };

/** One segment of a statement that is to be proven. */
export type SegmentPart = {
  readonly index: number;
  /** Of the segment: it binds statement, place and joins. */
  readonly digest: Hex;
  readonly joins: readonly bigint[];
};

/** What a step leads to. */
export type Next =
  /** This operator has nothing to do with it any more. */
  | { readonly next: "over"; readonly reason?: string }
  /** This operator answered it, for good. */
  | { readonly next: "served" }
  /** Nothing can be done before this second of the chain. */
  | { readonly next: "later"; readonly until: number; readonly reason: string }
  /** The chain has no lock of it any more: it is taken on anew. */
  | { readonly next: "infer" }
  | { readonly next: "prove"; readonly plan: Plan }
  /** It may be proven with other answers of its release, by one proof. */
  | { readonly next: "gather"; readonly plan: Plan }
  | { readonly next: "settle"; readonly plan: Plan }
  /** It was answered, and stays open to challenge. */
  | { readonly next: "watch" };

/** What a step leads to where others work on the same request. */
export type Shared =
  /** These have to be proven, each by itself; the last of them leads to `prove`. */
  | { readonly next: "segments"; readonly plan: Plan; readonly segments: readonly SegmentPart[] }
  /** What was done is kept, and others bring on the rest. */
  | { readonly next: "gathering" };

/** What an operator takes on, and what it costs it to stand by it; units as in `WorkerConfig`. */
export type StepOptions = {
  readonly minFee: bigint;
  readonly tokens: ReadonlyMap<Hex, TokenTerms>;
  readonly minVerificationGas: number;
  readonly minServeSeconds: number;
  readonly maxHorizonSeconds: number;
  /** Wei of stake that requests may expose together. */
  readonly maxExposure?: bigint;
  readonly defence: DefenceCosts;
};

/**
 * What standing by an answer is taken to cost where nobody says otherwise: half a dollar of compute an hour at 3,000 dollars an
 * ether, a proof of a minute, half the time of a response.
 */
export const DEFENCE_COSTS: DefenceCosts = {
  proofWeiPerSecond: 46_296_296_296n,
  proofSeconds: 60,
  runWei: 46_296_296_296n,
  responseShare: 0.5,
};

/** Holds entries for good before it returns, or promises to; a refusal is of one entry. */
export type StatementLog = {
  readonly recordAll: (
    entries: readonly SignEntry[],
  ) => readonly (Error | undefined)[] | Promise<readonly (Error | undefined)[]>;
};

/** What the steps of a request work with. */
export type StepDeps = {
  readonly operator: Hex;
  readonly contracts: Contracts;
  readonly courts: Courts;
  readonly domain: Domain;
  readonly home: Pick<Home, "receipts">;
  readonly openings: Openings;
  readonly releases: Releases;
  readonly send: Send;
  /** Signs as the operator what it has put on record. */
  readonly signer: { readonly sign: (statement: Statement) => Promise<StatementSignature> };
  readonly signLog: StatementLog;
  readonly answers: Answers;
  readonly prover: StatementProver;
  readonly batches: KeptBatches;
  readonly stake: StakeKeeper;
  /** The one that this process runs in; without it no tee evidence is produced. */
  readonly enclave?: Pick<Enclave, "sign" | "standing">;
  readonly log: Logger;
  readonly emit: (event: WorkerEvent) => void;
};
