/** Test only: a receipt of a language model's answer that verifies, whole but for what is overridden. */
import type {
  CircuitId,
  Hex,
  Receipt,
  Release,
  Statement,
  TextTranscript,
  TextWords,
} from "@vouch/protocol";
import {
  hashOfWords,
  parseBytes32,
  parseRequestId,
  releaseId,
  statementDigest,
  textContentId,
  textManifestHash,
  textWords,
} from "@vouch/protocol";
import { id } from "ethers";
import { DOMAIN, OPERATOR, OPERATOR_KEY, RELEASE, ZERO_BYTES32 } from "./trapdoorReceipt.ts";

const hash = (name: string): Hex => parseBytes32(id(name));

export const TRANSCRIPT: TextTranscript = {
  manifest: {
    format: "vouch.textManifest/1",
    model: "small-talk",
    version: "1.0.0",
    source: {
      kind: "files",
      model: [
        { path: "config.json", bytes: 187, sha256: hash("config") },
        { path: "onnx/model.onnx", bytes: 541_562, sha256: hash("weights") },
      ],
      tokenizer: [
        { path: "tokenizer.json", bytes: 1366, sha256: hash("tokenizer") },
        { path: "tokenizer_config.json", bytes: 116, sha256: hash("tokenizer config") },
      ],
      chatTemplate: { path: "chat_template.jinja", sha256: hash("template") },
      dtype: "fp32",
      context: 4096,
    },
  },
  request: {
    prompt: [
      { role: "system", content: "Answer in one line." },
      { role: "user", content: "What is the weather in Zürich?" },
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "call-1", name: "weather", arguments: '{"city":"Zürich"}' }],
      },
      { role: "tool", content: "12.5 °C", toolCallId: "call-1" },
    ],
    tools: [
      {
        name: "weather",
        description: "Weather of a city",
        parameters: { type: "object", properties: { city: { type: "string" } } },
      },
    ],
    toolChoice: "auto",
    sampling: {
      maxTokens: 64,
      temperature: 0.7,
      topP: 0.9,
      topK: 40,
      seed: 42,
      stop: ["\n\n"],
      frequencyPenalty: 0,
      presencePenalty: 0.5,
      responseFormat: { type: "text" },
    },
  },
  generation: {
    text: "It is 12.5 °C.",
    toolCalls: [],
    finish: "stop",
    promptTokens: 31,
    completionTokens: 7,
  },
  execution: { backend: "transformers.js/4.3.1", proves: "weights" },
  salt: hash("salt"),
};

/** The release that a transcript is of; `overrides` may make it another. */
export function textReleaseOf(
  { manifest }: TextTranscript,
  overrides: Partial<Release> = {},
): Release {
  return {
    ...RELEASE,
    model: manifest.model,
    content: textContentId(manifest.source),
    weights: 0n,
    circuit: ZERO_BYTES32 as CircuitId,
    inputFractionBits: 0,
    outputFractionBits: 0,
    runtime: "sampled",
    manifest: textManifestHash(manifest),
    ...overrides,
  };
}

/** What a receipt is made of; ids, hashes and signature follow from it. */
export type TextReceiptParts = {
  /** What the operator signs the words of. */
  readonly signed?: TextTranscript;
  /** The transcript that the receipt carries; `null` for none. */
  readonly shown?: TextTranscript | null;
  readonly release?: Release;
  readonly words?: TextWords;
};

/** Returns a signed receipt that verifies unless a part is wrong. */
export function textReceipt(parts: TextReceiptParts = {}): Receipt {
  const { signed = TRANSCRIPT } = parts;
  const { shown = signed, release = textReleaseOf(signed) } = parts;
  const { input, output } = parts.words ?? textWords(release, signed);
  const statement: Statement = {
    release: releaseId(release),
    request: parseRequestId(id("text request")),
    operator: OPERATOR,
    inputHash: hashOfWords(input),
    outputHash: hashOfWords(output),
  };
  const signature = OPERATOR_KEY.sign(statementDigest(DOMAIN, statement)).serialized as Hex;
  return {
    domain: DOMAIN,
    statement,
    input,
    output,
    evidence: [{ kind: "signature", signature, path: [] }],
    release,
    circuit: null,
    ...(shown === null ? {} : { transcript: shown }),
  };
}
