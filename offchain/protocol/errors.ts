/** What can be wrong with data of the protocol; each code carries the offender and the limit. */
export type ProtocolErrorData =
  | { readonly code: "HEX_INVALID"; readonly value: string; readonly bytes: number }
  | { readonly code: "TENSOR_LENGTH"; readonly length: number; readonly expected: number }
  | { readonly code: "VALUE_NOT_FINITE"; readonly index: number; readonly value: number }
  | {
      readonly code: "VALUE_OUT_OF_RANGE";
      readonly index: number;
      readonly value: number;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly code: "ELEMENT_OUT_OF_RANGE";
      readonly index: number;
      readonly value: bigint;
      readonly min: bigint;
      readonly max: bigint;
    }
  | { readonly code: "ENCODING_INVALID"; readonly bits: number; readonly limit: number }
  | {
      readonly code: "WORD_COUNT";
      readonly tensor: string;
      readonly count: number;
      readonly expected: number;
    }
  | { readonly code: "WORDS_NOT_CANONICAL"; readonly tensor: string; readonly index: number }
  | { readonly code: "ENUM_UNKNOWN"; readonly value: number; readonly names: string }
  | { readonly code: "FIELD_ELEMENT_INVALID"; readonly value: bigint }
  | { readonly code: "HASH_INPUT_EMPTY"; readonly tag: number }
  | { readonly code: "HASH_INPUT_LENGTH"; readonly length: number; readonly limit: number }
  | { readonly code: "RECEIPT_MALFORMED"; readonly reason: string }
  | { readonly code: "MANIFEST_MALFORMED"; readonly reason: string }
  | { readonly code: "TEXT_REQUEST_MALFORMED"; readonly reason: string }
  | {
      readonly code: "TRANSCRIPT_MISMATCH";
      readonly component: string;
      readonly claimed: string;
      readonly derived: string;
    }
  | { readonly code: "DEPLOYMENT_MALFORMED"; readonly reason: string }
  | { readonly code: "ESCROW_MALFORMED"; readonly reason: string }
  | { readonly code: "VOUCHER_MALFORMED"; readonly reason: string }
  | { readonly code: "INCLUSION_MALFORMED"; readonly reason: string }
  | { readonly code: "INCLUSION_INVALID"; readonly field: string }
  | { readonly code: "EVIDENCE_MALFORMED"; readonly kind: string; readonly reason: string }
  | { readonly code: "EVIDENCE_UNSUPPORTED"; readonly kind: string }
  | { readonly code: "EVIDENCE_DUPLICATED"; readonly kind: string }
  | { readonly code: "EVIDENCE_MISSING" }
  | { readonly code: "RELEASE_ID_MISMATCH"; readonly claimed: string; readonly derived: string }
  | { readonly code: "CIRCUIT_ID_MISMATCH"; readonly claimed: string; readonly derived: string }
  | { readonly code: "CIRCUIT_MISSING"; readonly release: string }
  | { readonly code: "WEIGHTS_INVALID"; readonly weights: bigint }
  | { readonly code: "INPUT_HASH_MISMATCH"; readonly claimed: string; readonly derived: string }
  | { readonly code: "OUTPUT_HASH_MISMATCH"; readonly claimed: string; readonly derived: string }
  | {
      readonly code: "EXPECTATION_FAILED";
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  | { readonly code: "SIGNATURE_INVALID"; readonly operator: string; readonly recovered: string }
  | { readonly code: "PROOF_INVALID"; readonly circuit: string }
  | { readonly code: "SEGMENT_COUNT"; readonly count: number; readonly expected: number }
  | { readonly code: "SEGMENT_INVALID"; readonly index: number; readonly reason: string }
  | { readonly code: "BATCH_SIZE"; readonly count: number }
  | { readonly code: "BATCH_PLACE"; readonly place: number; readonly count: number }
  | { readonly code: "BATCH_CIRCUIT_INVALID"; readonly count: number; readonly reason: string }
  | { readonly code: "BATCH_CIRCUIT_MISSING"; readonly count: number; readonly sizes: string }
  | { readonly code: "BATCH_STATEMENT_MISMATCH"; readonly place: number; readonly field: string }
  | { readonly code: "FLOOR_NOT_MET"; readonly clause: number; readonly demands: string }
  /** Nothing at hand shows whether it is met; `reason` says who could tell. */
  | {
      readonly code: "FLOOR_UNDECIDED";
      readonly clause: number;
      readonly demands: string;
      readonly reason: string;
    }
  | { readonly code: "POLICY_INVALID"; readonly reason: string }
  | { readonly code: "BATCH_COUNT"; readonly count: number; readonly limit: number }
  | { readonly code: "BATCH_INDEX"; readonly index: number; readonly count: number }
  | { readonly code: "REGISTRATION_MISSING"; readonly weights: string }
  | { readonly code: "REGISTRATION_INVALID"; readonly weights: string }
  | { readonly code: "KEY_INVALID"; readonly reason: string };

/** Thrown by everything in this package. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly data: ProtocolErrorData;

  constructor(data: ProtocolErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): ProtocolErrorData["code"] {
    return this.data.code;
  }
}

function describe({ code, ...rest }: ProtocolErrorData): string {
  const facts = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  return facts.length === 0 ? code : `${code}: ${facts.join(", ")}`;
}
