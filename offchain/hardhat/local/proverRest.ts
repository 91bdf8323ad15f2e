import { terminate } from "@vouch/prover";

/** How long threads are kept for the next proof. */
const IDLE_MS = 1_000;

let active = 0;
/** When provers were last at work; undefined while they have no threads. */
let usedAt: number | undefined;
let ending: Promise<void> | undefined;

/**
 * Runs what may prove. Threads of provers keep a process alive, which nobody who forgets to close a set-up would understand: where
 * nothing was proven for a second and nothing is under way, they are ended; the next proof has new ones.
 */
export async function whileProving<T>(work: () => Promise<T>): Promise<T> {
  await ending;
  active += 1;
  try {
    return await work();
  } finally {
    active -= 1;
    if (active === 0 && usedAt !== undefined && performance.now() - usedAt > IDLE_MS)
      await endProvers();
  }
}

/** Says that provers are at work. */
export function markProving(): void {
  usedAt = performance.now();
}

/** Ends the threads once what is under way is done; what begins meanwhile waits. */
export async function endProvers(): Promise<void> {
  usedAt = undefined;
  ending ??= terminate().finally(() => {
    ending = undefined;
  });
  await ending;
}
