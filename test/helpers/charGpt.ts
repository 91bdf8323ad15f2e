/** Test only: the small language model of this repository as a release. */
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TextRequest } from "@vouch/protocol";
import { GREEDY, NO_FLOOR } from "@vouch/protocol";
import type { TextPlan, TextRelease } from "@vouch/publisher";
import { prepareTextRelease } from "@vouch/publisher";

export const CHAR_GPT = join(import.meta.dirname, "../../models/char-gpt");

export const TEXT_PLAN: TextPlan = {
  model: "char-gpt",
  version: "1.0.0",
  publisher: `0x${"a1".repeat(20)}`,
  licence: "MIT",
  royaltyBps: 0,
  floor: NO_FLOOR,
};

/** The release of a folder, by default the repository's own. */
export function charGptRelease(folder: string = CHAR_GPT): Promise<TextRelease> {
  return prepareTextRelease(folder, TEXT_PLAN);
}

/** Returns a copy of what text generation reads, for a test to spoil. */
export function charGptCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), "vouch-char-gpt-"));
  for (const name of [
    ...["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"],
    ...["chat_template.jinja", "onnx"],
  ])
    cpSync(join(CHAR_GPT, name), join(folder, name), { recursive: true });
  return folder;
}

/** A request for a continuation, greedy but for what is changed. */
export function continuation(
  prompt: TextRequest["prompt"],
  sampling: Partial<TextRequest["sampling"]> = {},
): TextRequest {
  return {
    prompt,
    tools: [],
    toolChoice: "auto",
    sampling: { ...GREEDY, maxTokens: 48, ...sampling },
  };
}
