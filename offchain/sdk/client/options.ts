import type { RequestId } from "@vouch/protocol";
import type { Eip1193Provider, Provider, Signer } from "ethers";
import type { InputOpening } from "./ask.ts";
import type { Progress } from "./step.ts";

/** Ends a call early; a transaction that left is not taken back. */
export type CallOptions = { readonly signal?: AbortSignal };

/** How often a read is tried whose endpoint fails or keeps silent. */
export type RetryOptions = {
  /** 4 unless given. */
  readonly attempts?: number;
  /** What is waited before the second attempt, then twice as long each; 250 unless given. */
  readonly delayMs?: number;
  /** After which an endpoint counts as silent; 30,000 unless given. */
  readonly timeoutMs?: number;
};

export type ConnectOptions = CallOptions & {
  /** Through which the chain is read and, where it has an account, sent to. */
  readonly provider: Provider | Signer | Eip1193Provider;
  /** A deployment's record (`deployments/<chainId>.json`), or several by chain id. */
  readonly deployment: unknown;
  readonly retry?: RetryOptions;
  /** Wall milliseconds between two looks at a request; 1,000 unless given. */
  readonly pollIntervalMs?: number;
};

export type WatchOptions = CallOptions & {
  /** How many blocks must lie above what is reported; 0 unless given. */
  readonly confirmations?: number;
};

export type RequestOptions = CallOptions & {
  readonly onProgress?: (progress: Progress) => void;
  /** Brings what opens a committed input to the operators, before the request is sent; needed for such releases. */
  readonly deliverOpening?: (opening: InputOpening, request: RequestId) => Promise<void> | void;
};

export type InferOptions = RequestOptions & WatchOptions;

export type PublishOptions = CallOptions & {
  /** Where the release's manifest and files can be had; empty unless given. */
  readonly uri?: string;
};
