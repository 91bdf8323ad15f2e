import { styleText } from "node:util";

/** What tells that something proves nothing, or only to who made it; and why, up to the end of the clause. */
const WEAK =
  /\b(?:SIMULATED(?: ENCLAVE)?|DEVELOPMENT(?: SET-UP)?|VOUCHED(?: ENCLAVE| by registrars)?)\b(?: accepted)?(?:: [^;,)\n]*)?/g;

/** Returns text in red where the stream is a terminal with colours (`NO_COLOR`, `FORCE_COLOR`), as it is elsewhere. */
export function inRed(text: string, stream: NodeJS.WritableStream = process.stdout): string {
  return styleText(["bold", "red"], text, { stream });
}

/** Returns text with the words for simulated and vouched enclaves and development set-ups in red; JSON is not for it. */
export function markWeak(text: string, stream?: NodeJS.WritableStream): string {
  return text.replace(WEAK, (words) => inRed(words, stream));
}
