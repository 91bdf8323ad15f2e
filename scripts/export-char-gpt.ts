// Writes what text generation reads of models/char-gpt: the decoder with its caches, tokenizer, chat template and
// configuration, all derived from forward.onnx and vocab.json.
//
//   node scripts/export-char-gpt.ts
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exportCharGpt } from "./charGpt/exportCharGpt.ts";

const folder = join(import.meta.dirname, "../models/char-gpt");
for (const [path, content] of exportCharGpt(folder)) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
  console.log(`wrote ${join(folder, path)}`);
}
