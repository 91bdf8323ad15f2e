import { bagOfWords } from "./bagOfWords.ts";
import type { DataRow } from "./dataRow.ts";

/** Messages, each once. */
export function smsSpam(text: string, preprocessing: unknown): readonly DataRow[] {
  const encode = bagOfWords(preprocessing);
  const labels = new Map<string, number>();
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const tab = line.indexOf("\t");
    const message = line.slice(tab + 1);
    if (!labels.has(message)) labels.set(message, line.slice(0, tab) === "spam" ? 1 : 0);
  }
  return [...labels].map(([message, label], i) => ({
    id: `message ${i} (after dropping repeats)`,
    x: encode(message),
    label,
  }));
}
