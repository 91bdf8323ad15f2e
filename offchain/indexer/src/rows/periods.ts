const HOUR = 3600;
const DAY = 86_400;

/** Returns the first second of the hour of `at`, in seconds. */
export function hourOf(at: number): number {
  return at - (at % HOUR);
}

/** Returns the first second of the day of `at`, in seconds. */
export function dayOf(at: number): number {
  return at - (at % DAY);
}
