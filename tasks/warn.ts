import { styleText } from "node:util";

/** Returns text in red, where standard output is a terminal that wants colours. */
export function warn(text: string): string {
  return styleText("red", text, { stream: process.stdout });
}
