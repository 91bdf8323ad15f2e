import type { Hex } from "@vouch/protocol";

/** What a gateway refuses or fails at; each code carries what its reader needs to act on it. */
export type GatewayErrorData =
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  /** The body or a header is not what the resource takes; `parameter` is its path. */
  | { readonly code: "REQUEST_INVALID"; readonly parameter: string; readonly reason: string }
  | { readonly code: "BODY_TOO_LARGE"; readonly limit: number }
  | { readonly code: "MEDIA_TYPE"; readonly reason: string }
  | { readonly code: "ROUTE_UNKNOWN"; readonly route: string }
  | { readonly code: "RATE_LIMITED"; readonly limit: number; readonly seconds: number }
  | { readonly code: "RELEASE_UNKNOWN"; readonly model: string }
  | { readonly code: "RELEASE_KIND"; readonly model: string; readonly kind: "tensor" | "text" }
  | {
      readonly code: "POLICY_NOT_OFFERED";
      readonly policy: string;
      readonly offered: readonly string[];
    }
  /** The back end would ignore it, so it is refused. */
  | { readonly code: "UNSUPPORTED_PARAMETER"; readonly parameter: string; readonly reason: string }
  | { readonly code: "RECEIPT_UNKNOWN"; readonly id: string }
  | { readonly code: "RECORD_UNKNOWN"; readonly cid: string }
  /** What is kept under an address is something else. */
  | { readonly code: "RECORD_CORRUPT"; readonly cid: string }
  | { readonly code: "PAYMENT_REQUIRED" }
  /** What this request is settled by could not be kept now; nothing was taken. */
  | { readonly code: "SETTLEMENT_UNAVAILABLE"; readonly reason: string }
  | { readonly code: "PAYMENT_MALFORMED"; readonly reason: string }
  /** What the client accepted is none of the prices of this request. */
  | { readonly code: "PAYMENT_NOT_OFFERED" }
  | { readonly code: "PAYMENT_INVALID"; readonly reason: string }
  /** The payer's balance does not cover this beside what it owes already. */
  | {
      readonly code: "PAYMENT_UNDERFUNDED";
      readonly balance: bigint;
      readonly owed: bigint;
      readonly amount: bigint;
    }
  /** The payment's nonce already pays for another body, resource or policy. */
  | { readonly code: "PAYMENT_BOUND_ELSEWHERE"; readonly payment: Hex }
  /** The payment can pay no more, whatever it is for. */
  | { readonly code: "PAYMENT_CLOSED"; readonly payment: Hex; readonly state: string }
  /** The request was refunded on the chain, or never made. */
  | { readonly code: "ESCROW_VOIDED"; readonly request: Hex; readonly reason: string }
  | { readonly code: "TOO_MANY_UNSETTLED"; readonly payer: Hex; readonly limit: number }
  | { readonly code: "FACILITATOR_UNAVAILABLE"; readonly operation: string }
  /** This facilitator spends its gas for its own payees only. */
  | { readonly code: "FACILITATOR_REFUSED"; readonly reason: string }
  /** The answer does not support what was asked; it is not given, and not paid. */
  | { readonly code: "ANSWER_UNSOUND"; readonly reason: string }
  | { readonly code: "ANSWER_REFUSED"; readonly refusal: string; readonly reason: string }
  | { readonly code: "ANSWER_FAILED" }
  | { readonly code: "ANSWER_TIMED_OUT"; readonly milliseconds: number }
  | { readonly code: "OVERLOADED"; readonly limit: number }
  /** The answer takes a proof, and as many wait for one as may. */
  | { readonly code: "PROVER_BUSY" }
  | { readonly code: "STOPPING" };

/** Thrown by everything in this package. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly data: GatewayErrorData;

  constructor(data: GatewayErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): GatewayErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: GatewayErrorData): string {
  switch (data.code) {
    case "OPTIONS_INVALID":
      return `The gateway's options are invalid: ${data.reason}.`;
    case "REQUEST_INVALID":
      return `${data.parameter === "" ? "The body" : `'${data.parameter}'`} is invalid: ${data.reason}.`;
    case "BODY_TOO_LARGE":
      return `The body is larger than ${data.limit} bytes.`;
    case "MEDIA_TYPE":
      return `The body must be application/json: ${data.reason}.`;
    case "ROUTE_UNKNOWN":
      return `There is no ${data.route}. /openapi.json lists what there is.`;
    case "RATE_LIMITED":
      return `More than ${data.limit} requests from this address; try again in ${data.seconds} s.`;
    case "RELEASE_UNKNOWN":
      return `No release '${data.model}' is served here. /v1/models lists them.`;
    case "RELEASE_KIND":
      return data.kind === "tensor"
        ? `'${data.model}' takes a tensor: use /v1/infer.`
        : `'${data.model}' takes text: use /v1/chat/completions or /v1/completions.`;
    case "POLICY_NOT_OFFERED":
      return `Policy '${data.policy}' is not offered for this release; offered are: ${data.offered.join(", ") || "none"}.`;
    case "UNSUPPORTED_PARAMETER":
      return `'${data.parameter}' is not supported: ${data.reason}. Leave it out.`;
    case "RECEIPT_UNKNOWN":
      return `There is no receipt ${data.id} here.`;
    case "RECORD_UNKNOWN":
      return `There is no record ${data.cid} here.`;
    case "RECORD_CORRUPT":
      return `What is kept as record ${data.cid} is something else. Get it from whoever has a copy: its address tells.`;
    case "PAYMENT_REQUIRED":
      return "This resource is paid by x402: the header PAYMENT-REQUIRED lists a price for each policy.";
    case "SETTLEMENT_UNAVAILABLE":
      return `What this request is settled by could not be kept now (${data.reason}). Nothing was taken; ask again, or take another way or policy.`;
    case "PAYMENT_MALFORMED":
      return `The header PAYMENT-SIGNATURE cannot be read: ${data.reason}.`;
    case "PAYMENT_NOT_OFFERED":
      return "The payment accepts terms that are not offered for this request. Take one of those in PAYMENT-REQUIRED.";
    case "PAYMENT_INVALID":
      return `The payment does not hold: ${data.reason}.`;
    case "PAYMENT_UNDERFUNDED":
      return `The payer holds ${data.balance} and owes ${data.owed} for answers not yet settled: ${data.amount} more is not covered.`;
    case "PAYMENT_BOUND_ELSEWHERE":
      return `Payment ${data.payment} pays for another body, resource or policy. Sign a new one.`;
    case "PAYMENT_CLOSED":
      return `Payment ${data.payment} is ${data.state} and its answer was not given. Sign a new one.`;
    case "ESCROW_VOIDED":
      return `Request ${data.request} ${data.reason}: its escrow is the requester's again, and nothing was paid. Sign a new one.`;
    case "TOO_MANY_UNSETTLED":
      return `${data.payer} has ${data.limit} payments that are not settled yet; wait for one of them.`;
    case "FACILITATOR_UNAVAILABLE":
      return `The facilitator does not answer (${data.operation}). Nothing was taken; send the same payment again.`;
    case "FACILITATOR_REFUSED":
      return `This facilitator does not settle that: ${data.reason}.`;
    case "ANSWER_UNSOUND":
      return `The answer was withheld, and nothing is paid: ${data.reason}.`;
    case "ANSWER_REFUSED":
      return `The request cannot be served (${data.refusal}): ${data.reason}`;
    case "ANSWER_FAILED":
      return "The release could not be run. Nothing is paid; the operator's log has the cause under this request's id.";
    case "ANSWER_TIMED_OUT":
      return `No answer within ${data.milliseconds} ms. Nothing is paid yet; the same payment may be sent again.`;
    case "OVERLOADED":
      return `${data.limit} requests are being answered; try again shortly.`;
    case "PROVER_BUSY":
      return "As many proofs are under way, and waited for, as may be. Nothing was run and nothing is paid; send the same request again.";
    case "STOPPING":
      return "The gateway is stopping; send the same request again.";
  }
}
