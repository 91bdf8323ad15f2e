/** Lines that are not blank. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((it) => it.trim() !== "");
}
