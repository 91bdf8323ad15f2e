import type { ProtocolErrorData } from "@vouch/protocol";

/** A check that a receipt fails, for somebody who knows none of its codes. */
export type FailedCheck = {
  /** The check, as a noun: "Signature". */
  readonly check: string;
  readonly words: string;
};

type Code = ProtocolErrorData["code"];

const FORGED =
  "Somebody changed the receipt after it was made, or it was never one. Believe nothing in it.";

const CHECKS: Readonly<Partial<Record<Code, FailedCheck>>> = {
  RECEIPT_MALFORMED: {
    check: "Form of the receipt",
    words: "This is not a whole receipt of a form that this page knows.",
  },
  INCLUSION_MALFORMED: {
    check: "Form of the inclusion",
    words: "The receipt comes with a place in a batch that is not whole.",
  },
  INCLUSION_INVALID: {
    check: "Inclusion in the batch",
    words:
      "The receipt is not the item that its place in the batch is of, or its path leads to another root.",
  },
  EXPECTATION_FAILED: {
    check: "What was expected",
    words: "The receipt is not about what it was expected to be about.",
  },
  RELEASE_ID_MISMATCH: {
    check: "Release",
    words: `The description of the release is not the one that the answer was given for. ${FORGED}`,
  },
  CIRCUIT_ID_MISMATCH: {
    check: "Circuit",
    words: `The circuit, or its verification key, is not the one that the release names: a proof by it would say nothing. ${FORGED}`,
  },
  CIRCUIT_MISSING: {
    check: "Circuit",
    words: "The receipt lacks the circuit that its release or its proof needs.",
  },
  INPUT_HASH_MISMATCH: {
    check: "Input",
    words: `The input is not the one that the answer was given to. ${FORGED}`,
  },
  OUTPUT_HASH_MISMATCH: {
    check: "Output",
    words: `The output is not the one that the evidence is about. ${FORGED}`,
  },
  WORD_COUNT: {
    check: "Words",
    words: "Input or output has another number of words than the release's circuit takes.",
  },
  WORDS_NOT_CANONICAL: {
    check: "Words",
    words:
      "Input or output has a word in a form that stands for nothing: the same numbers have one form only.",
  },
  WEIGHTS_INVALID: {
    check: "Commitment to the weights",
    words: "The release's commitment to its weights is not one that its circuit can take.",
  },
  SIGNATURE_INVALID: {
    check: "Signature",
    words: `The signature is not by whom the receipt says, or it is of another statement. ${FORGED}`,
  },
  PROOF_INVALID: {
    check: "Proof",
    words: `The zero-knowledge proof does not hold: nobody has shown that this output follows from this input. ${FORGED}`,
  },
  SEGMENT_COUNT: {
    check: "Segments of the proof",
    words: "The proof has another number of segments than the circuit.",
  },
  SEGMENT_INVALID: {
    check: "Segments of the proof",
    words: "The segments of the proof, or of the circuit, do not join.",
  },
  KEY_INVALID: {
    check: "Verification key",
    words:
      "The circuit's verification key has points that are none: no proof can be verified by it.",
  },
  BATCH_SIZE: {
    check: "Batch",
    words: "The batch that was proven is of no size that is possible.",
  },
  BATCH_PLACE: { check: "Batch", words: "The receipt names a place that its batch does not have." },
  BATCH_STATEMENT_MISMATCH: {
    check: "Batch",
    words: `The batch that was proven has another statement at the receipt's place. ${FORGED}`,
  },
  BATCH_CIRCUIT_MISSING: {
    check: "Batch",
    words: "The release has no circuit that proves so many inferences at once.",
  },
  BATCH_CIRCUIT_INVALID: {
    check: "Batch",
    words: "The circuit of several inferences is none of the release's.",
  },
  EVIDENCE_MALFORMED: { check: "Evidence", words: "A piece of evidence is not whole." },
  EVIDENCE_DUPLICATED: {
    check: "Evidence",
    words: "The receipt has the same kind of evidence twice, which could be counted twice.",
  },
  EVIDENCE_MISSING: {
    check: "Evidence",
    words: "The receipt has no evidence: it is a claim, and nothing supports it.",
  },
  EVIDENCE_UNSUPPORTED: {
    check: "Evidence",
    words: "The receipt has evidence of a kind that this page does not know.",
  },
  REGISTRATION_MISSING: {
    check: "Registration of the weights",
    words:
      "The circuit keeps its weights private, and the receipt does not show that they were registered.",
  },
  REGISTRATION_INVALID: {
    check: "Registration of the weights",
    words: "What registers the private weights does not hold: the proof could be of other weights.",
  },
  FLOOR_NOT_MET: {
    check: "The publisher's floor",
    words: "The release's publisher demands evidence, whoever asks, which the receipt lacks.",
  },
  TRANSCRIPT_MISMATCH: {
    check: "Transcript",
    words: `Prompt, settings or answer are not what the signed words are hashes of. ${FORGED}`,
  },
  HEX_INVALID: { check: "Form of the receipt", words: "A value is of the wrong length." },
};

/** Names the check that failed, and says what that means. */
export function explainFailure(code: string): FailedCheck {
  return (
    CHECKS[code as Code] ?? {
      check: "Well-formed values",
      words: "A value in the receipt is not one that could stand there.",
    }
  );
}
