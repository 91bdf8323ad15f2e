const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Returns a length of time in words, by its two largest units: `1 day 2 hours`. */
export function spellSeconds(seconds: number): string {
  let left = Math.max(0, Math.round(seconds));
  const words: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count === 0) {
      if (words.length > 0) break; // `1 day`, not `1 day 5 seconds`
      continue;
    }
    words.push(`${count.toLocaleString("en-US")} ${unit}${count === 1 ? "" : "s"}`);
    left -= count * size;
    if (words.length === 2) break;
  }
  return words.join(" ") || "0 seconds";
}
