/** Counts of one day by the evidence that its answers rest on; `kinds` -1 counts what was asked. */
type CountedDay = {
  readonly at: number;
  readonly kinds: number;
  readonly weak: boolean;
  readonly count: number;
  readonly value: bigint;
};

/** What was asked and answered in one day; `at` is its first second. */
export type UsageDay = { readonly at: number; readonly asked: number; readonly answered: number };

/** Answers that rest on one set of kinds. */
export type UsageShare = {
  /** Bits as in `Assurance.kinds`. */
  readonly kinds: number;
  /** Whether among them is a simulated enclave or a development set-up. */
  readonly weak: boolean;
  readonly count: number;
  readonly value: bigint;
};

const DAY = 86_400;
/** So many days are filled in between two that were counted. */
const MAX_DAYS = 366;

/** Returns each day from the first that was counted to the last, those without use too. */
export function usageOf(days: readonly CountedDay[]): readonly UsageDay[] {
  const found = new Map<number, { asked: number; answered: number }>();
  for (const { at, kinds, count } of days) {
    const day = found.get(at) ?? { asked: 0, answered: 0 };
    if (kinds === -1) day.asked += count;
    else day.answered += count;
    found.set(at, day);
  }
  const times = [...found.keys()];
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const length = times.length === 0 ? 0 : Math.min(MAX_DAYS, Math.floor((last - first) / DAY) + 1);
  return Array.from({ length }, (_, index) => {
    const at = last - (length - 1 - index) * DAY;
    return { at, ...(found.get(at) ?? { asked: 0, answered: 0 }) };
  });
}

/** Returns answers by what they rest on, the most first. */
export function sharesOf(days: readonly CountedDay[]): readonly UsageShare[] {
  const found = new Map<string, UsageShare>();
  for (const { kinds, weak, count, value } of days) {
    if (kinds === -1) continue;
    const key = `${kinds}:${String(weak)}`;
    const before = found.get(key);
    found.set(key, {
      kinds,
      weak,
      count: count + (before?.count ?? 0),
      value: value + (before?.value ?? 0n),
    });
  }
  return [...found.values()].toSorted((a, b) => b.count - a.count);
}
