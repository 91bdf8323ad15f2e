import type { Assurance, Hex } from "@vouch/protocol";
import type { DecodedWords } from "../../chain/decodeWords.ts";
import type { FailedCheck } from "./explainFailure.ts";

/** One thing that was looked at, and what came of it. */
export type Finding = {
  readonly name: string;
  readonly outcome: "holds" | "fails" | "weak" | "unknown";
  readonly words: string;
};

/** A message of a conversation as strangers wrote it. */
export type Utterance = { readonly role: string; readonly text: string };

/** Prompt and answer of a language model, opened by a transcript that was verified. */
export type ShownText = {
  readonly prompt: readonly Utterance[];
  readonly answer: string;
  readonly finish: string;
};

/** What a receipt is about, as text and numbers. */
export type ReceiptContents = {
  readonly chainId: string;
  readonly router: Hex;
  readonly release: Hex;
  readonly model: string;
  readonly version: string;
  readonly request: Hex;
  readonly operator: Hex;
  readonly input: DecodedWords;
  readonly output: DecodedWords;
  readonly inputWords: readonly string[];
  readonly outputWords: readonly string[];
  readonly text: ShownText | null;
  /** What ran the model, as the operator says. */
  readonly execution: string | null;
};

/** What a chain says of a receipt. */
export type ChainFindings =
  | { readonly status: "notAsked" }
  /** Nothing was found out: what was verified offline stands as it is. */
  | { readonly status: "unreachable"; readonly reason: string }
  | {
      readonly status: "asked";
      readonly findings: readonly Finding[];
      /** As the chain's router judges it; null where the router refuses the receipt. */
      readonly assurance: Assurance | null;
    };

/** What came of verifying a receipt. It crosses from the worker to the page, so it is plain data. */
export type Verdict =
  | (FailedCheck & {
      readonly status: "invalid";
      readonly code: string;
      /** The error's own words, with the values that differ. */
      readonly detail: string;
      readonly contents: ReceiptContents | null;
    })
  | {
      readonly status: "valid" | "weak";
      /** Why it is weak: in red, above all else. */
      readonly weaknesses: readonly string[];
      readonly findings: readonly Finding[];
      readonly notChecked: readonly string[];
      readonly assurance: Assurance;
      readonly contents: ReceiptContents;
      readonly chain: ChainFindings;
      /** Milliseconds that verifying without a chain took. */
      readonly took: number;
    };
