import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import { executionSchema } from "./execution.ts";
import type { Hex } from "./hex.ts";
import { wordToHex } from "./hex.ts";
import type { Release } from "./release.ts";
import { textContentId, textManifestHash, textManifestSchema } from "./textManifest.ts";
import { MAX_TEXT, textRequestSchema, toolCallSchema } from "./textRequest.ts";
import type { TextWords } from "./textStatement.ts";
import { TEXT_INPUT, TEXT_OUTPUT, textWords } from "./textStatement.ts";
import { wellFormed } from "./wellFormed.ts";

const count = z.int().min(0);

const generationSchema = z
  .strictObject({
    text: wellFormed(MAX_TEXT),
    toolCalls: z.array(toolCallSchema).max(128).readonly(),
    /** `stop`: the model or a stop text ended it; `length`: the limit or the context did. */
    finish: z.enum(["stop", "length", "toolCalls", "contentFilter"]),
    promptTokens: count,
    completionTokens: count,
  })
  .readonly();

/** See `TextTranscript`. */
export const transcriptSchema = z
  .object({
    manifest: textManifestSchema,
    request: textRequestSchema,
    generation: generationSchema,
    execution: executionSchema,
    salt: z
      .string()
      .regex(/^0x[0-9a-f]{64}$/, "32 bytes in hex, lower case")
      .transform((value) => value as Hex),
  })
  .readonly();

/** What a language model answered, whole. */
export type Generation = z.infer<typeof generationSchema>;

/**
 * What the words of a text statement are hashes of. `salt` goes before all that requester and operator say, so that whoever
 * sees the words alone cannot try out likely prompts; every operator of one request has to use the same.
 */
export type TextTranscript = z.infer<typeof transcriptSchema>;

/** The salt of a transcript that is published anyway. */
export const NO_SALT: Hex = `0x${"00".repeat(32)}`;

/**
 * Demands that a transcript opens a release's words, every one.
 *
 * @throws {ProtocolError} `TRANSCRIPT_MISMATCH`, naming the first component that differs: `manifest`, `model`, the
 * components of `TEXT_INPUT` and `TEXT_OUTPUT`, or `inputWords` and `outputWords` where their number does.
 */
export function requireTranscript(
  release: Pick<Release, "content" | "manifest">,
  words: TextWords,
  transcript: TextTranscript,
): void {
  const { source } = transcript.manifest;
  requireSame("manifest", release.manifest, textManifestHash(transcript.manifest));
  requireSame("model", release.content, textContentId(source));
  if (source.kind === "routed") requireSame("backend", transcript.execution.proves, "routing");
  const derived = textWords(release, transcript);
  requireSame("inputWords", String(words.input.length), String(TEXT_INPUT.length));
  requireSame("outputWords", String(words.output.length), String(TEXT_OUTPUT.length));
  TEXT_INPUT.forEach((it, i) => {
    requireSame(it, hexAt(words.input, i), hexAt(derived.input, i));
  });
  TEXT_OUTPUT.forEach((it, i) => {
    requireSame(it, hexAt(words.output, i), hexAt(derived.output, i));
  });
}

function hexAt(words: readonly bigint[], index: number): Hex {
  return wordToHex(words[index] ?? 0n); // always there: the count was checked
}

function requireSame(component: string, claimed: string, derived: string): void {
  if (claimed !== derived)
    throw new ProtocolError({ code: "TRANSCRIPT_MISMATCH", component, claimed, derived });
}
