import type {
  Assurance,
  Contracts,
  Deployment,
  Domain,
  Expectations,
  Hex,
  Receipt,
  RequestId,
} from "@vouch/protocol";
import type { Advice } from "../advise/advice.ts";
import type { EscrowEstimate } from "../estimateEscrow.ts";
import type { VerifiedReceipt } from "../fetchReceipt.ts";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { Published, RegistrableRelease } from "../publishRelease.ts";
import type { PolicyQuote } from "../quotePolicy.ts";
import type { SentRequest } from "../requestInference.ts";
import type { OutputOf, ReleaseRef } from "../typed/releaseDescription.ts";
import type { AdviceQuestion } from "./adviseAsk.ts";
import type { Ask, InputOpening } from "./ask.ts";
import type {
  CallOptions,
  InferOptions,
  PublishOptions,
  RequestOptions,
  WatchOptions,
} from "./options.ts";
import type { Step } from "./step.ts";

/** A request that the chain has, with the release it is of. */
export type SentInference = SentRequest & {
  readonly release: FetchedRelease;
  /** What opens a committed input; null where the input is public. */
  readonly opening: InputOpening | null;
};

/** A final answer, whose receipt was verified when it was returned. */
export type InferenceResult<R extends ReleaseRef = ReleaseRef> = VerifiedReceipt & {
  readonly id: RequestId;
  readonly output: OutputOf<R>;
  /** As the chain keeps it: a receipt alone does not tell an enclave from one that is simulated. */
  readonly assurance: Assurance;
  readonly opening: InputOpening | null;
};

/** What a request would take. */
export type AskEstimate = {
  readonly release: FetchedRelease;
  readonly escrow: EscrowEstimate;
  /** Gas of the request's own transaction; undefined where the chain would refuse it, or nobody is there to send it. */
  readonly requestGas: bigint | undefined;
  readonly gasPrice: bigint;
  readonly quote: PolicyQuote;
  /** What the account lacks, in the request's token; undefined without an account. */
  readonly missing: bigint | undefined;
};

/** Receipts, verified whenever one is returned. */
export type ReceiptFunctions = {
  readonly fetch: (id: RequestId | string, options?: CallOptions) => Promise<VerifiedReceipt>;
  /** Parses and verifies; what the client knows of its deployment is always expected. */
  readonly verify: (json: unknown, expected?: Expectations) => VerifiedReceipt;
  /** Checks the form only. */
  readonly parse: (json: unknown) => Receipt;
};

/**
 * One chain's contracts as an application uses them.
 *
 * @example
 * const vouch = await connect({ provider: window.ethereum, deployment });
 * const ask = { release: "credit-german-mlp", input, policy: "zk:any+signature", fee: 10n ** 15n };
 * const { missing } = await vouch.estimate(ask);
 * const { id } = await vouch.request(ask);
 * for await (const { status } of vouch.watch(id)) console.log(status);
 * const { receipt, verification } = await vouch.receipt.fetch(id);
 */
export type VouchClient = {
  readonly deployment: Deployment;
  readonly domain: Domain;
  /** For what this client has no function: they read through the provider, and cannot send. */
  readonly contracts: Contracts;
  /** Who would send; null where there is no account yet. Never asks the user. */
  readonly account: () => Promise<Hex | null>;
  /** Asks, waits until the answer is final, verifies its receipt, and returns it. */
  readonly infer: <const R extends ReleaseRef>(
    ask: Ask<R>,
    options?: InferOptions,
  ) => Promise<InferenceResult<R>>;
  /** Asks, and returns once the chain has the request. */
  readonly request: <const R extends ReleaseRef>(
    ask: Ask<R>,
    options?: RequestOptions,
  ) => Promise<SentInference>;
  /** What becomes of a request, until it is final, overturned or refunded. */
  readonly watch: (id: RequestId | string, options?: WatchOptions) => AsyncIterable<Step>;
  /**
   * Takes back an open request, or one that nobody answered in time, and withdraws what the account is owed in its token; returns
   * how much that was.
   */
  readonly refund: (id: RequestId | string, options?: CallOptions) => Promise<bigint>;
  readonly receipt: ReceiptFunctions;
  readonly estimate: <const R extends ReleaseRef>(
    ask: Ask<R>,
    options?: CallOptions,
  ) => Promise<AskEstimate>;
  /** Which evidence to demand for what is at stake, what each alternative costs, and whom it trusts. */
  readonly advise: (question: AdviceQuestion, options?: CallOptions) => Promise<Advice>;
  /** The one release that an id, a name, `name@version` or a typed release means. */
  readonly release: (ref: ReleaseRef, options?: CallOptions) => Promise<FetchedRelease>;
  /** All of the chain, oldest first. */
  readonly releases: (options?: CallOptions) => Promise<readonly FetchedRelease[]>;
  /** Registers a prepared release; the account must be its publisher. */
  readonly publish: (bundle: RegistrableRelease, options?: PublishOptions) => Promise<Published>;
};
