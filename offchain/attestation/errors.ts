import { messageOfNitro, type NitroFailure } from "./nitro/failure.ts";

/** What is demanded of a quote, by name. */
export type QuoteCheck =
  | "header"
  | "attributes"
  | "certificate chain"
  | "QE report signature"
  | "attestation key"
  | "quote signature"
  | "signing authority"
  | "revocation lists"
  | "revocation"
  | "TCB info"
  | "QE identity"
  | "TCB level";

/** What went wrong, and with what. */
export type AttestationFailure =
  | { readonly code: "QUOTE_MALFORMED"; readonly field: string; readonly reason: string }
  | { readonly code: "QUOTE_UNSUPPORTED"; readonly field: string; readonly value: string }
  | { readonly code: "COLLATERAL_MALFORMED"; readonly field: string; readonly reason: string }
  | { readonly code: "COLLATERAL_INCOMPLETE"; readonly missing: string; readonly remedy: string }
  /** A URL, a file or a folder; the status of an answer that is not 200. */
  | {
      readonly code: "COLLATERAL_UNAVAILABLE";
      readonly source: string;
      readonly reason: string;
      readonly status?: number;
    }
  | { readonly code: "QUOTE_REFUSED"; readonly check: QuoteCheck; readonly reason: string }
  | { readonly code: "SECOND_OPINION_REFUSED"; readonly reason: string }
  | { readonly code: "MEASUREMENT_KIND"; readonly kind: string; readonly tee: string }
  /** A contract reverted with one of its errors; arguments by name. */
  | {
      readonly code: "CHAIN_REFUSED";
      readonly action: string;
      readonly error: string;
      readonly arguments: Readonly<Record<string, string>>;
      readonly remedy: string | undefined;
    }
  /** What cannot be cut any smaller takes more gas than a transaction may. */
  | {
      readonly code: "TRANSACTION_TOO_LARGE";
      readonly action: string;
      readonly gas: bigint | undefined;
      readonly limit: bigint;
    }
  | { readonly code: "TRANSACTION_LOST"; readonly action: string; readonly txHash: string }
  /** A chain's history does not show the quote by which a key was registered. */
  | { readonly code: "REGISTRATION_UNREADABLE"; readonly missing: string }
  /** A quote holds, and is of something else. */
  | {
      readonly code: "REGISTRATION_MISMATCH";
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  /** The enclave that this process runs in gave no quote. */
  | { readonly code: "GUEST_FAILED"; readonly source: string; readonly reason: string }
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
    case "COLLATERAL_INCOMPLETE":
      return `The collateral lacks ${failure.missing}. ${failure.remedy}`;
    case "COLLATERAL_UNAVAILABLE":
      return `${failure.source} ${failure.reason}: no collateral comes from there. Try again, or take it from a file.`;
    case "QUOTE_REFUSED":
      return `Nothing vouches for the quote, by its ${failure.check}: ${failure.reason}.`;
    case "SECOND_OPINION_REFUSED":
      return `Another verifier refuses the quote: ${failure.reason}`;
    case "MEASUREMENT_KIND":
      return `A quote of ${failure.tee} has no measurement of the kind ${failure.kind}: that of a TD is domain, those of SGX are image and signer.`;
    case "CHAIN_REFUSED":
      return [`The chain refused ${failure.action}: ${refusal(failure)}.`, failure.remedy]
        .filter(Boolean)
        .join(" ");
    case "TRANSACTION_TOO_LARGE":
      return `The chain cannot take ${failure.action} in one transaction: it takes ${failure.gas ?? "more"} gas where ${failure.limit} is the limit.`;
    case "TRANSACTION_LOST":
      return `The transaction ${failure.txHash} of ${failure.action} was sent, and nothing shows what became of it. Look whether it was mined before you send another.`;
    case "REGISTRATION_UNREADABLE":
      return `The chain's history does not show ${failure.missing}: ask an endpoint that keeps all of it.`;
    case "REGISTRATION_MISMATCH":
      return `The quote by which the key was registered is of another ${failure.field}: ${failure.found}, where ${failure.expected} is claimed.`;
    case "GUEST_FAILED":
      return `No quote came from ${failure.source}: ${failure.reason}.`;
    default:
      return messageOfNitro(failure);
  }
}

function refusal({
  error,
  arguments: values,
}: Extract<AttestationFailure, { code: "CHAIN_REFUSED" }>): string {
  const words = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? error : `${error}, ${words.join(", ")}`;
}
