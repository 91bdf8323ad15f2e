/** Lets text through up to the first stop text. */
export type StopFilter = {
  /** Returns what can be shown by now: no beginning of a stop text is among it. */
  readonly push: (text: string) => string;
  /** Returns what was held back and turned out not to stop anything. */
  readonly end: () => string;
  readonly stopped: () => boolean;
};

/** Where several stop texts are found, the one that begins first counts. */
export function createStopFilter(stops: readonly string[]): StopFilter {
  let held = "";
  let stopped = false;

  const take = (length: number): string => {
    const text = held.slice(0, length);
    held = held.slice(length);
    return text;
  };
  return {
    push(text) {
      if (stopped) return "";
      held += text;
      const found = stops.map((it) => held.indexOf(it)).filter((at) => at !== -1);
      if (found.length === 0) return take(held.length - overlap(held, stops));
      stopped = true;
      const shown = take(Math.min(...found));
      held = "";
      return shown;
    },
    end: () => take(held.length),
    stopped: () => stopped,
  };
}

/** Length of the longest end of a text that begins a stop text. */
function overlap(text: string, stops: readonly string[]): number {
  const longest = Math.min(text.length, Math.max(0, ...stops.map((it) => it.length - 1)));
  for (let length = longest; length > 0; length--) {
    const end = text.slice(-length);
    if (stops.some((it) => it.startsWith(end))) return length;
  }
  return 0;
}
