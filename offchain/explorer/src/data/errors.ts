type Failure =
  | { readonly code: "INDEXER_DOWN" }
  | { readonly code: "INDEXER_REFUSED"; readonly reason: string }
  | { readonly code: "INDEXER_MALFORMED"; readonly at: string }
  | { readonly code: "CHAIN_DOWN" };

/** What keeps the page from its data. */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly data: Failure;

  constructor(data: Failure, options?: ErrorOptions) {
    super(messageOf(data), options);
    this.data = data;
  }
}

function messageOf(data: Failure): string {
  switch (data.code) {
    case "INDEXER_DOWN":
      return "The indexer does not answer. What the chain itself says can still be verified; tables and charts come back with the indexer.";
    case "INDEXER_REFUSED":
      return `The indexer refused the question: ${data.reason}`;
    case "CHAIN_DOWN":
      return "The endpoint of the chain does not answer, or not in the way of JSON-RPC.";
    case "INDEXER_MALFORMED":
      return `The indexer's answer is not understood${data.at === "" ? "" : ` at ${data.at}`}: it may be of another version than the page.`;
  }
}
