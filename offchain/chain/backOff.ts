const MAX_DOUBLINGS = 4;

/** Milliseconds to wait after so many failures in a row: twice as long after each, up to sixteen times the interval. */
export function backOff(intervalMs: number, failures: number): number {
  return intervalMs * 2 ** Math.min(failures, MAX_DOUBLINGS);
}
