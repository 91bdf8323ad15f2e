import { z } from "zod";

const LONGEST_DIGITS = 9;

const vocabularySchema = z.object({ terms: z.array(z.string()) });

/** Whether each term of a model's `preprocess.json` occurs in a text, as 0 or 1. */
export function bagOfWords(preprocessing: unknown): (text: string) => readonly number[] {
  const { terms } = vocabularySchema.parse(preprocessing);
  return (text) => {
    const present = new Set(tokensOf(text));
    return terms.map((it) => (present.has(it) ? 1 : 0));
  };
}

/** Words of ASCII letters, lower case; runs of digits as `#` and their length, 9 at most; `! ? $ % £`. */
export function tokensOf(text: string): readonly string[] {
  const lower = text.replace(/[A-Z]+/g, (it) => it.toLowerCase());
  return (lower.match(/[a-z]+|[0-9]+|[!?$%£]/g) ?? []).map((it) =>
    /^[0-9]/.test(it) ? `#${Math.min(LONGEST_DIGITS, it.length)}` : it,
  );
}
