import { concat, id, keccak256, toUtf8Bytes } from "ethers";
import { canonicalJson } from "./canonicalJson.ts";
import type { Hex } from "./hex.ts";
import type { Release } from "./release.ts";
import { chatTemplateHash, tokenizerHash } from "./textManifest.ts";
import type { ChatMessage, TextRequest } from "./textRequest.ts";
import type { TextTranscript } from "./textTranscript.ts";

/** What the input words of a text statement stand for, in their order. */
export const TEXT_INPUT = [
  ...["model", "tokenizer", "chatTemplate"],
  ...["systemPrompt", "messages", "tools", "sampling"],
] as const;

/** What the output words of a text statement stand for, in their order. */
export const TEXT_OUTPUT = ["output", "backend"] as const;

/** One word of a text statement. */
export type TextComponent = (typeof TEXT_INPUT)[number] | (typeof TEXT_OUTPUT)[number];

/** Input and output words of a statement. */
export type TextWords = { readonly input: readonly bigint[]; readonly output: readonly bigint[] };

/**
 * Returns the words of a text statement (docs/statement.md, "Language models"): of each component
 * `keccak256(keccak256("vouch.text.<component>.v1") ‖ opening) >> 3`, salted where the requester or the operator chose it.
 */
export function textWords(
  { content }: Pick<Release, "content">,
  { manifest, request, generation, execution, salt }: TextTranscript,
): TextWords {
  const { system, messages } = splitPrompt(request.prompt);
  const { tools, toolChoice, sampling } = request;
  const ofJson = (value: unknown): Hex => concat([salt, toUtf8Bytes(canonicalJson(value))]) as Hex;
  const input: Readonly<Record<(typeof TEXT_INPUT)[number], Hex>> = {
    model: content,
    tokenizer: tokenizerHash(manifest.source),
    chatTemplate: chatTemplateHash(manifest.source),
    systemPrompt: ofJson(system),
    messages: ofJson(messages),
    tools: ofJson({ toolChoice, tools }),
    sampling: ofJson(sampling),
  };
  const output: Readonly<Record<(typeof TEXT_OUTPUT)[number], Hex>> = {
    output: ofJson(generation),
    backend: ofJson(execution),
  };
  return {
    input: TEXT_INPUT.map((it) => wordOf(it, input[it])),
    output: TEXT_OUTPUT.map((it) => wordOf(it, output[it])),
  };
}

/** The system prompt is what stands before the first message of anybody else; a text to be continued has none. */
function splitPrompt(prompt: TextRequest["prompt"]): {
  readonly system: readonly ChatMessage[];
  readonly messages: readonly ChatMessage[] | string;
} {
  if (typeof prompt === "string") return { system: [], messages: prompt };
  const first = prompt.findIndex(({ role }) => role !== "system" && role !== "developer");
  const end = first === -1 ? prompt.length : first;
  return { system: prompt.slice(0, end), messages: prompt.slice(end) };
}

function wordOf(component: TextComponent, opening: Hex): bigint {
  return BigInt(keccak256(concat([id(`vouch.text.${component}.v1`), opening]))) >> 3n;
}
