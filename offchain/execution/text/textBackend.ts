import type { Generation, TextRequest } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import type { Backend } from "../backend.ts";

/** Pieces of an answer as they come; the last is the whole of it. */
export type TextDelta =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "end"; readonly generation: Generation };

/** What generates text. Its deltas joined are the answer's text; whoever stops reading them stops the generation. */
export type TextBackend = Backend & {
  readonly generate: (
    release: TextRelease,
    request: TextRequest,
    signal?: AbortSignal,
  ) => AsyncGenerator<TextDelta, void, undefined>;
};

/** Returns the whole answer, whatever came in pieces. */
export async function wholeAnswer(deltas: AsyncIterable<TextDelta>): Promise<Generation> {
  let whole: Generation | undefined;
  for await (const delta of deltas) if (delta.kind === "end") whole = delta.generation;
  if (whole === undefined) throw new TypeError("a back end ended without an answer");
  return whole;
}
