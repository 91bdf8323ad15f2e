import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeModel, encodeModel } from "../../offchain/compiler/onnx/modelProto.ts";
import { textFiles } from "./textFiles.ts";
import { toDecoder } from "./toDecoder.ts";

/** `vocab.json` as `models/char-gpt/train.py` writes it. */
type Vocabulary = { readonly vocab: readonly string[]; readonly context: number };

/** Returns the files of a text model by their path, derived from `forward.onnx` and `vocab.json` of its folder. */
export function exportCharGpt(folder: string): ReadonlyMap<string, string | Uint8Array> {
  const text = readFileSync(join(folder, "vocab.json"), "utf8");
  const { vocab, context } = JSON.parse(text) as Vocabulary;
  const forward = decodeModel(readFileSync(join(folder, "forward.onnx")));
  return new Map<string, string | Uint8Array>([
    ...textFiles(vocab, context),
    ["onnx/model.onnx", encodeModel(toDecoder(forward))],
  ]);
}
