import { setTimeout as delay } from "node:timers/promises";

/** A process that serves. */
export type Served = {
  readonly text: () => string;
  readonly ended: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>;
};

/** Processes of one kind that are started again whenever they are gone, as a service manager does. */
export type Processes = {
  readonly count: number;
  /** Kills one and starts it again after so long; returns when it serves. */
  readonly restart: (index: number, downMs: number) => Promise<void>;
  /** How those ended that nobody killed, with their last words. */
  readonly ownEnds: readonly string[];
  /** What all of them have said so far. */
  readonly text: () => string;
  /** Tells them to stop, and waits until they have. */
  readonly close: () => Promise<void>;
};

const AGAIN_MS = 500;
const TAIL = 600;

/** Starts so many and keeps them running. */
export async function keepRunning(
  count: number,
  startOne: () => Promise<Served>,
): Promise<Processes> {
  const running: (Served | undefined)[] = [];
  const restarts: Promise<void>[] = [];
  const past: string[] = [];
  const ownEnds: string[] = [];
  const killed = new Set<Served>();
  let isClosed = false;
  const isOver = (): boolean => isClosed;

  /** Tries until it serves: what it needs may be down. */
  async function start(index: number): Promise<void> {
    while (!isOver()) {
      try {
        const started = await startOne();
        running[index] = started;
        void started.ended.then((status) => again(index, started, status));
        return;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        past.push(error.message);
        await delay(AGAIN_MS);
      }
    }
  }

  async function again(index: number, gone: Served, status: number | null): Promise<void> {
    past.push(gone.text());
    if (killed.has(gone) || isOver()) return;
    const how = status === null ? "a signal" : `status ${String(status)}`;
    ownEnds.push(`ended by ${how}: ${gone.text().slice(-TAIL)}`);
    await delay(AGAIN_MS);
    if (!isOver() && running[index] === gone) await start(index);
  }

  async function killAndStart(index: number, downMs: number): Promise<void> {
    const old = running[index];
    if (old !== undefined) {
      killed.add(old);
      await old.kill("SIGKILL");
    }
    await delay(downMs);
    await start(index);
  }

  await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
  return {
    count,
    restart(index, downMs) {
      const before = restarts[index] ?? Promise.resolve();
      restarts[index] = before.then(() => killAndStart(index, downMs));
      return restarts[index];
    },
    ownEnds,
    text: () => past.join("\n"),
    async close() {
      isClosed = true;
      await Promise.all(restarts);
      await Promise.all(running.map(async (it) => it?.kill("SIGTERM")));
    },
  };
}
