import { setTimeout as delay } from "node:timers/promises";
import type { Daemon } from "@vouch/worker";

const IDLE_LOOK_MS = 200;

/**
 * Has `run` run a daemon until all that was asked has been read and nothing can be done for it now: `idle` aborts then, and where the
 * daemon cannot be observed. Returns what `run` did, and how many requests are left.
 *
 * @throws what `run` or `observe` throws, once `run` has ended.
 */
export async function untilIdle<T>(
  observe: Daemon["observe"],
  confirmations: number,
  run: (idle: AbortSignal, onReady: () => void) => Promise<T>,
): Promise<{ readonly ended: T; readonly open: number }> {
  const idle = new AbortController();
  let looked: Promise<() => number> = Promise.resolve(() => 0);
  const ended = await run(idle.signal, () => {
    looked = kept(leftWhenIdle(observe, confirmations)).finally(() => {
      idle.abort();
    });
  });
  const open = await looked;
  return { ended, open: open() };
}

/** What a promise came to, for who asks: a failure that comes before that is no unhandled one. */
function kept<T>(promise: Promise<T>): Promise<() => T> {
  return promise.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
}

async function leftWhenIdle(observe: Daemon["observe"], confirmations: number): Promise<number> {
  const { head } = await observe();
  for (;;) {
    const { nextBlock, queues } = await observe();
    const inState = (...states: readonly string[]): number =>
      queues
        .filter(({ queue, state }) => queue !== "watch" && states.includes(state))
        .reduce((sum, { size }) => sum + size, 0);
    if (nextBlock > head - confirmations && inState("ready", "active") === 0)
      return inState("later");
    await delay(IDLE_LOOK_MS);
  }
}
