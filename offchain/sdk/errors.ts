/** What can go wrong for an application; each code says what to do about it. */
export type SdkErrorData =
  | { readonly code: "RELEASE_NOT_FOUND"; readonly release: string }
  | { readonly code: "REQUEST_NOT_FOUND"; readonly request: string }
  | {
      readonly code: "REQUEST_NOT_FULFILLED";
      readonly request: string;
      readonly requestStatus: string;
    }
  | { readonly code: "REQUEST_REFUNDED"; readonly request: string }
  | { readonly code: "WAIT_ABORTED"; readonly request: string }
  | { readonly code: "SEGMENT_NOT_FOUND"; readonly statement: string; readonly segment: number }
  | { readonly code: "BATCH_NOT_FOUND"; readonly digest: string }
  /** What is offered is not what was asked for: nothing was signed. */
  | {
      readonly code: "ESCROW_REFUSED" | "VOUCHER_REFUSED";
      readonly field: string;
      readonly offered: string;
      readonly expected: string;
    }
  | { readonly code: "TRANSACTION_LOST"; readonly txHash: string };

/** Thrown by everything in this package, beside what `@vouch/protocol` throws. */
export class SdkError extends Error {
  override readonly name = "SdkError";
  readonly data: SdkErrorData;

  constructor(data: SdkErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): SdkErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: SdkErrorData): string {
  switch (data.code) {
    case "RELEASE_NOT_FOUND":
      return `Release ${data.release} is not published on this chain. List what is with \`npx hardhat model:list\`.`;
    case "BATCH_NOT_FOUND":
      return `No transaction of its own recorded the proof of batch ${data.digest}. Whoever has the receipt has the proof: ask its operator.`;
    case "REQUEST_NOT_FOUND":
      return `Request ${data.request} is unknown on this chain.`;
    case "REQUEST_NOT_FULFILLED":
      return `Request ${data.request} is ${data.requestStatus}, not fulfilled: it has no receipt yet.`;
    case "REQUEST_REFUNDED":
      return `Nobody served request ${data.request} in time; its escrow was refunded. Withdraw it, and ask with a higher fee or a longer deadline.`;
    case "WAIT_ABORTED":
      return `Gave up waiting for request ${data.request}. It stays open: wait again, cancel it, or let it expire.`;
    case "SEGMENT_NOT_FOUND":
      return `Segment ${data.segment} of statement ${data.statement} was recorded by no transaction of its own, so its proof cannot be read. Record it again, or ask the operator for the receipt.`;
    case "ESCROW_REFUSED":
    case "VOUCHER_REFUSED":
      return `The offer's ${data.field} is ${data.offered}, not ${data.expected}: nothing was signed. Do not pay this server for that request.`;
    case "TRANSACTION_LOST":
      return `Transaction ${data.txHash} was dropped before it was mined.`;
  }
}
