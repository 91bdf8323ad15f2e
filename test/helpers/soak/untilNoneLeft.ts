import { setTimeout as delay } from "node:timers/promises";

const LOOK_MS = 500;

/** Waits until nothing is left; gives up, and returns what is, once that has not changed for so long. */
export async function untilNoneLeft(
  read: () => Promise<readonly string[]>,
  stallMs: number,
): Promise<readonly string[]> {
  let last = "";
  let changedAt = performance.now();
  for (;;) {
    const left = await read();
    if (left.length === 0) return left;
    const now = performance.now();
    const words = left.join();
    if (words !== last) changedAt = now;
    else if (now - changedAt > stallMs) return left;
    last = words;
    await delay(LOOK_MS);
  }
}
