import type { Hex } from "@vouch/protocol";

/** One endpoint that gave no answer: its name without what may be a key, and what went wrong. */
export type EndpointFailure = { readonly endpoint: string; readonly reason: string };

/** What can go wrong between a daemon and a chain; each code carries what an operator needs to act on it. */
export type ChainErrorData =
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  /** The endpoint serves another chain: its answers would be about other contracts. */
  | {
      readonly code: "CHAIN_ID_WRONG";
      readonly endpoint: string;
      readonly expected: number;
      readonly found: number;
    }
  /** One endpoint gave no answer, or one that is none. */
  | { readonly code: "ENDPOINT_FAILED"; readonly endpoint: string; readonly reason: string }
  /** The endpoint asks for a pause, of so many milliseconds. */
  | { readonly code: "ENDPOINT_BUSY"; readonly endpoint: string; readonly retryAfterMs: number }
  | {
      readonly code: "ENDPOINTS_FAILED";
      readonly method: string;
      readonly failures: readonly EndpointFailure[];
    }
  /** A node answered, with something else than what the method returns. */
  | { readonly code: "ANSWER_INVALID"; readonly method: string; readonly reason: string }
  /** A node has not the block that it was asked for; it may be behind. */
  | { readonly code: "BLOCK_MISSING"; readonly block: string }
  /** What a node said of one range of blocks does not fit together: it is behind, or was reorganised meanwhile. */
  | { readonly code: "LOGS_INCONSISTENT"; readonly block: number; readonly reason: string }
  /** More blocks were replaced than hashes are kept: nobody knows which logs to take back. */
  | { readonly code: "REORG_TOO_DEEP"; readonly oldest: number; readonly depth: number }
  /** Two different transactions were asked for under one key. */
  | { readonly code: "INTENT_CHANGED"; readonly key: string; readonly field: string }
  /** Two intents were about to share a nonce. */
  | { readonly code: "NONCE_RESERVED"; readonly nonce: number; readonly key: string }
  | { readonly code: "ENTRY_UNKNOWN"; readonly key: string }
  /** Another process signs with the key outside of this journal. */
  | {
      readonly code: "KEY_SHARED";
      readonly sender: Hex;
      readonly nonce: number;
      readonly txHash: Hex;
    }
  /** A node counts more transactions of the account than it can show. */
  | { readonly code: "NONCE_UNPROVEN"; readonly sender: Hex; readonly nonce: number }
  /** No node takes the transaction, whatever is paid; its nonce goes to a cancelling one. */
  | { readonly code: "TRANSACTION_REFUSED"; readonly key: string; readonly reason: string }
  | { readonly code: "SENDER_CLOSED"; readonly key: string };

/** Thrown by everything in this package; what a contract or a node says of a call passes as ethers has it. */
export class ChainError extends Error {
  override readonly name = "ChainError";
  readonly data: ChainErrorData;

  constructor(data: ChainErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): ChainErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: ChainErrorData): string {
  switch (data.code) {
    case "OPTIONS_INVALID":
      return `The options are invalid: ${data.reason}.`;
    case "CHAIN_ID_WRONG":
      return `${data.endpoint} serves chain ${data.found}, not ${data.expected}. Correct its URL or remove it.`;
    case "ENDPOINT_FAILED":
      return `${data.endpoint} gave no answer: ${data.reason}.`;
    case "ENDPOINT_BUSY":
      return `${data.endpoint} asks to wait ${data.retryAfterMs} ms. Raise its rate limit or add an endpoint.`;
    case "ENDPOINTS_FAILED":
      return `No endpoint answered ${data.method}: ${data.failures
        .map(({ endpoint, reason }) => `${endpoint} ${reason}`)
        .join("; ")}.`;
    case "ANSWER_INVALID":
      return `The node's answer to ${data.method} is none: ${data.reason}.`;
    case "BLOCK_MISSING":
      return `The node has no block ${data.block}; it may still be syncing.`;
    case "LOGS_INCONSISTENT":
      return `What the node says of block ${data.block} does not fit together: ${data.reason}. It is read again.`;
    case "REORG_TOO_DEEP":
      return `Block ${data.oldest}, the oldest of the last ${data.depth} that were read, is no longer part of the chain. Remove what was read and begin again from an older block, with more confirmations.`;
    case "INTENT_CHANGED":
      return `Transaction ${data.key} was asked for before with another ${data.field}. Use another key for another transaction.`;
    case "NONCE_RESERVED":
      return `Nonce ${data.nonce} belongs to transaction ${data.key}.`;
    case "ENTRY_UNKNOWN":
      return `The journal has no transaction ${data.key}.`;
    case "KEY_SHARED":
      return `${data.txHash} used nonce ${data.nonce} of ${data.sender} and is not in the journal: another process signs with this key. Stop it, or give each its own key.`;
    case "NONCE_UNPROVEN":
      return `The node says that nonce ${data.nonce} of ${data.sender} is used and has no transaction with it. Ask another endpoint, or send one by hand.`;
    case "TRANSACTION_REFUSED":
      return `No node takes transaction ${data.key}: ${data.reason}. It is cancelled.`;
    case "SENDER_CLOSED":
      return `The sender stopped before transaction ${data.key} was final. It is in the journal: start again and send it again.`;
  }
}
