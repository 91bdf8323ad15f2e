import { messageOfNitro, type NitroFailure } from "./nitro/failure.ts";

/** What went wrong, and with what. */
export type AttestationFailure =
  | { readonly code: "QUOTE_MALFORMED"; readonly field: string; readonly reason: string }
  | { readonly code: "QUOTE_UNSUPPORTED"; readonly field: string; readonly value: string }
  | { readonly code: "COLLATERAL_MALFORMED"; readonly field: string; readonly reason: string }
  | { readonly code: "QUOTE_REFUSED"; readonly reason: string }
  | NitroFailure;

/** The one error of this package. */
export class AttestationError extends Error {
  override readonly name = "AttestationError";
  readonly failure: AttestationFailure;

  constructor(failure: AttestationFailure, options?: ErrorOptions) {
    super(messageOf(failure), options);
    this.failure = failure;
  }

  get code(): AttestationFailure["code"] {
    return this.failure.code;
  }
}

function messageOf(failure: AttestationFailure): string {
  switch (failure.code) {
    case "QUOTE_MALFORMED":
      return `The quote's ${failure.field} ${failure.reason}.`;
    case "QUOTE_UNSUPPORTED":
      return `The quote's ${failure.field} is ${failure.value}, which is not read here.`;
    case "COLLATERAL_MALFORMED":
      return `The collateral's ${failure.field} ${failure.reason}.`;
    case "QUOTE_REFUSED":
      return `Nothing vouches for the quote: ${failure.reason}`;
    default:
      return messageOfNitro(failure);
  }
}
