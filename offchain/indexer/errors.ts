/** What can go wrong with the indexer; each code carries what an operator needs to act on it. */
export type IndexerErrorData =
  /** A setting is missing or wrong; the reason names its variable and the remedy. */
  | { readonly code: "SETTINGS_INVALID"; readonly reason: string }
  | { readonly code: "CHAIN_ID_WRONG"; readonly expected: string; readonly found: string }
  /** The chain was started afresh under the same id. */
  | { readonly code: "CHAIN_FOREIGN"; readonly block: number; readonly expected: string }
  | { readonly code: "CHAIN_UNREACHABLE"; readonly reason: string }
  /** The process ended before it was told to. */
  | { readonly code: "INDEXER_ENDED"; readonly status: number | null; readonly lastLines: string }
  | { readonly code: "STATUS_INVALID"; readonly reason: string };

/** Thrown by everything in this package. */
export class IndexerError extends Error {
  override readonly name = "IndexerError";
  readonly data: IndexerErrorData;

  constructor(data: IndexerErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }
}

function describe(data: IndexerErrorData): string {
  switch (data.code) {
    case "SETTINGS_INVALID":
      return data.reason;
    case "CHAIN_ID_WRONG":
      return `VOUCH_RPC_URL serves chain ${data.found}, the deployment is on chain ${data.expected}: name the endpoint of that chain`;
    case "CHAIN_FOREIGN":
      return `block ${data.block} is not ${data.expected}, which the deployment was recorded on: the chain was started afresh; deploy to it and name the new record in VOUCH_DEPLOYMENT`;
    case "CHAIN_UNREACHABLE":
      return `VOUCH_RPC_URL gives no answer: ${data.reason}`;
    case "INDEXER_ENDED":
      return `the indexer ended with status ${data.status ?? "none"}: ${data.lastLines}`;
    case "STATUS_INVALID":
      return `the indexer's /status cannot be read: ${data.reason}`;
    default:
      return data satisfies never;
  }
}
