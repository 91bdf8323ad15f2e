import type { Hex } from "@vouch/protocol";

/** What can be wrong with what is sealed, and with who may open it; no code carries a key or a plaintext. */
export type SealingErrorData =
  | { readonly code: "RECIPIENT_INVALID"; readonly reason: string }
  | { readonly code: "IDENTITY_INVALID" }
  | { readonly code: "RECIPIENTS_MISSING" }
  /** Bytes that are no age file, that no longer are the one that was made, or that end too early. */
  | { readonly code: "SEALED_MALFORMED"; readonly reason: string }
  | { readonly code: "SEALED_TOO_LARGE"; readonly limit: number }
  /** None of the recipients is the key at hand. */
  | { readonly code: "NOT_A_RECIPIENT" }
  | { readonly code: "DOCUMENT_MALFORMED"; readonly format: string; readonly reason: string }
  /** Signed by somebody else than the document says, or for another deployment. */
  | { readonly code: "SIGNER_WRONG"; readonly format: string; readonly claimed: Hex }
  | { readonly code: "GRANT_FOR_OTHER_RELEASE"; readonly expected: Hex; readonly found: Hex }
  | { readonly code: "GRANT_FOR_OTHER_HOLDER"; readonly expected: Hex; readonly found: Hex }
  | { readonly code: "GRANT_EXPIRED"; readonly release: Hex; readonly expiredAt: number }
  /** A grant of an earlier generation than the release's newest list of holders. */
  | {
      readonly code: "GRANT_SUPERSEDED";
      readonly release: Hex;
      readonly generation: number;
      readonly newest: number;
    }
  | { readonly code: "GRANT_REVOKED"; readonly release: Hex; readonly holder: Hex }
  | { readonly code: "OPENING_FOR_OTHER_INPUT"; readonly expected: Hex; readonly found: Hex };

/** Thrown by everything in this package. */
export class SealingError extends Error {
  override readonly name = "SealingError";
  readonly data: SealingErrorData;

  constructor(data: SealingErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): SealingErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: SealingErrorData): string {
  switch (data.code) {
    case "RECIPIENT_INVALID":
      return `The recipient is none of age: ${data.reason}. It begins with age1.`;
    case "IDENTITY_INVALID":
      return "The identity is none of age. It begins with AGE-SECRET-KEY-1, and is a secret.";
    case "RECIPIENTS_MISSING":
      return "Nobody is named who may open it. Name at least one recipient.";
    case "SEALED_MALFORMED":
      return `It cannot be opened: ${data.reason}. Fetch it again.`;
    case "SEALED_TOO_LARGE":
      return `It is larger than ${data.limit} bytes.`;
    case "NOT_A_RECIPIENT":
      return "It is sealed to others than the key at hand. Ask whoever sealed it to seal it to this key.";
    case "DOCUMENT_MALFORMED":
      return `This is no ${data.format}: ${data.reason}.`;
    case "SIGNER_WRONG":
      return `The ${data.format} is not signed by ${data.claimed} for this deployment.`;
    case "GRANT_FOR_OTHER_RELEASE":
      return `The grant is for release ${data.found}, not for ${data.expected}.`;
    case "GRANT_FOR_OTHER_HOLDER":
      return `The grant is for ${data.found}, not for ${data.expected}.`;
    case "GRANT_EXPIRED":
      return `The grant for release ${data.release} expired at ${new Date(data.expiredAt * 1000).toISOString()}. Ask the publisher for a new one.`;
    case "GRANT_SUPERSEDED":
      return `The grant for release ${data.release} is of generation ${data.generation}, the keys are of generation ${data.newest} by now. Ask the publisher for a new one.`;
    case "GRANT_REVOKED":
      return `The publisher of release ${data.release} revoked the grant of ${data.holder}.`;
    case "OPENING_FOR_OTHER_INPUT":
      return `It opens the input ${data.found}, not ${data.expected}.`;
  }
}
