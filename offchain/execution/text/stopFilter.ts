/** Lets text through up to the first stop text. */
export type StopFilter = {
  /** Returns what can be shown by now: no beginning of a stop text is among it. */
  readonly push: (text: string) => string;
  /** Returns what was held back and turned out not to stop anything. */
  readonly end: () => string;
  readonly stopped: () => boolean;
};

/** The stop text that is whole first counts, and of those that end together the longest: in whatever pieces text comes. */
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
      const at = firstStop(held, stops);
      if (at === undefined) return take(held.length - overlap(held, stops));
      stopped = true;
      const shown = take(at);
      held = "";
      return shown;
    },
    end: () => take(held.length),
    stopped: () => stopped,
  };
}

/** Returns where the stop text begins that is whole first. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  const found = stops
    .map((it) => ({ start: text.indexOf(it), length: it.length }))
    .filter(({ start }) => start !== -1)
    .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
  return found[0]?.start;
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
