import { canonicalJson } from "@vouch/protocol";
import type { Change } from "./compareReleases.ts";

/** A manifest as JSON: what it means is the publisher's, and its hash is checked before it is read. */
export type ManifestJson = Readonly<Record<string, unknown>>;

/** Fields in which two manifests are compared, and what another value means. */
const FIELDS: readonly (readonly [path: string, what: string, meaning: string])[] = [
  [
    "source.chatTemplate.sha256",
    "Prompt template",
    "The same conversation reaches the model as another text, so that answers may differ although its weights are the same.",
  ],
  ["source.tokenizer", "Tokenizer", "The same text is cut into other tokens."],
  ["source.model", "Model files", "The model's files are others."],
  ["source.dtype", "Form of the weights", "The same weights are kept in another precision."],
  ["source.context", "Context", "Prompt and answer have another room together, in tokens."],
  ["source.provider", "Provider", "Somebody else serves the model."],
  ["input", "Input", "Shape, width or scale of the input is another: encode inputs anew."],
  ["output", "Output", "Shape, width or scale of the output is another: read outputs anew."],
  ["ports", "Ports", "Inputs or outputs of the file have other names, shapes or places."],
  [
    "preprocessing",
    "Preprocessing",
    "What is done to an input before the model sees it is another: prepare inputs anew.",
  ],
  [
    "quantization",
    "Quantization",
    "Weights or activations have another width, so that the integer form drifts from the floats by another amount.",
  ],
  ["widths", "Widths of tensors", "Some tensors have another width."],
  ["compiler", "Compiler", "Another version of the compiler made the circuit."],
  ["weights", "Privacy of the weights", "Weights are public now, or private."],
  ["maxConstraints", "Segments", "The model is cut into other parts to be proven."],
  ["report.metric", "Measured quality", "The publisher measured another quality on its rows."],
  ["notice", "Notice", "The publisher's notice is another."],
];

/** Characters of a value that are shown. */
const MAX_SHOWN = 200;

/** Returns what is described otherwise in the later manifest; both must have been checked against their hashes. */
export function compareManifests(before: ManifestJson, after: ManifestJson): readonly Change[] {
  return FIELDS.flatMap(([path, what, meaning]) => {
    const [old, now] = [read(before, path), read(after, path)];
    return old === now ? [] : [{ what, meaning, before: clip(old), after: clip(now) }];
  });
}

/** The member's one text, or "none". */
function read(json: unknown, path: string): string {
  let at: unknown = json;
  for (const key of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return "none";
    at = (at as ManifestJson)[key];
  }
  return typeof at === "string" ? at : canonicalJson(at);
}

function clip(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
