/** 1 January 2026, from which the 32 bits of a priority reach to 2094. */
const EPOCH = 1_767_225_600;
const MAX_PRIORITY = 2 ** 31 - 1;

/**
 * Returns the priority of what has to be done by `deadline`, seconds since 1970: nearest first. A deadline that has passed counts
 * as `now`, so that whatever waits is overtaken only by what came before its own deadline: nothing waits for ever.
 */
export function priorityOf(deadline: number, now: number): number {
  const seconds = Math.max(deadline, now) - EPOCH;
  return -Math.min(Math.max(Math.ceil(seconds), 0), MAX_PRIORITY);
}
