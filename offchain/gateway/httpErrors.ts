import type { GatewayErrorData } from "./errors.ts";
import { GatewayError } from "./errors.ts";

type Code = GatewayErrorData["code"];

const STATUS: Readonly<Record<Code, number>> = {
  OPTIONS_INVALID: 500,
  REQUEST_INVALID: 400,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE: 415,
  ROUTE_UNKNOWN: 404,
  RATE_LIMITED: 429,
  RELEASE_UNKNOWN: 404,
  RELEASE_KIND: 400,
  POLICY_NOT_OFFERED: 400,
  UNSUPPORTED_PARAMETER: 400,
  RECEIPT_UNKNOWN: 404,
  RECORD_UNKNOWN: 404,
  RECORD_CORRUPT: 500,
  PAYMENT_REQUIRED: 402,
  SETTLEMENT_UNAVAILABLE: 503,
  PAYMENT_MALFORMED: 400,
  PAYMENT_NOT_OFFERED: 402,
  PAYMENT_INVALID: 402,
  PAYMENT_UNDERFUNDED: 402,
  PAYMENT_BOUND_ELSEWHERE: 409,
  PAYMENT_CLOSED: 409,
  ESCROW_VOIDED: 409,
  TOO_MANY_UNSETTLED: 429,
  FACILITATOR_UNAVAILABLE: 503,
  FACILITATOR_REFUSED: 403,
  ANSWER_UNSOUND: 502,
  ANSWER_REFUSED: 400,
  ANSWER_FAILED: 500,
  ANSWER_TIMED_OUT: 504,
  OVERLOADED: 503,
  PROVER_BUSY: 503,
  STOPPING: 503,
};

/** An error as OpenAI's clients read it, with our code inside. */
export type ErrorBody = {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
};

/** Returns the status of the answer to a request that failed so. */
export function statusOf({ code }: GatewayError): number {
  return STATUS[code];
}

/** Returns the seconds after which such a request may be sent again; undefined where it is not for the server to say. */
export function retryAfter(error: GatewayError): number | undefined {
  if (statusOf(error) !== 503) return undefined;
  if (error.code === "SETTLEMENT_UNAVAILABLE") return LOOK_SECONDS;
  return error.code === "PROVER_BUSY" ? PROOF_SECONDS : 1;
}

/** A bond is renewed, or an account funded, by somebody. */
const LOOK_SECONDS = 60;

/** Until a place is likely to be free: a proof takes from one to some tens of seconds. */
const PROOF_SECONDS = 10;

/** Returns what a requester is told of an error: nothing of one that is not the gateway's own. */
export function errorBody(error: unknown): ErrorBody {
  const known = error instanceof GatewayError ? error : new GatewayError({ code: "ANSWER_FAILED" });
  const { data } = known;
  const param = "parameter" in data && data.parameter !== "" ? data.parameter : null;
  return {
    error: { message: known.message, type: typeOf(statusOf(known)), param, code: data.code },
  };
}

function typeOf(status: number): string {
  if (status === 402 || status === 409) return "payment_error";
  if (status === 404) return "not_found_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}
