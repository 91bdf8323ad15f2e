import type { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type { QueueName } from "./queues.ts";

/** Where processes tell each other that a queue has something new. */
export const WAKE_CHANNEL = "vouch_queue";

/** Tells loops that wait that there is something to take. */
export type Wakeups = {
  /** Calls `wake` whenever the queue has something new, until the returned function is called. */
  readonly subscribe: (queue: QueueName, wake: () => void) => () => void;
  readonly close: () => Promise<void>;
};

/**
 * Listens for what any process enqueues. Whoever is not told, because the connection was lost, finds it at its next look: no
 * item depends on this.
 */
export async function openWakeups(boss: PgBoss, log: Logger): Promise<Wakeups> {
  const subscribers = new Map<string, Set<() => void>>();
  const wake = (queue: string): void => {
    for (const call of subscribers.get(queue) ?? []) call();
  };
  const listener = await boss.getDb().listen?.(WAKE_CHANNEL, wake, () => {
    for (const queue of subscribers.keys()) wake(queue);
  });
  if (listener === undefined) log.warn("the database tells of nothing new; queues are polled");
  return {
    subscribe(queue, call) {
      const calls = subscribers.get(queue) ?? new Set();
      subscribers.set(queue, calls.add(call));
      return () => calls.delete(call);
    },
    async close() {
      await listener?.close();
    },
  };
}
