import { setTimeout as delay } from "node:timers/promises";
import type { DaemonProcess, DaemonSite } from "../daemonProcess.ts";

/** Processes of one operator that are started again whenever they are gone, as a service manager does. */
export type Workers = {
  readonly count: number;
  /** Kills one and starts it again after so long; returns when it serves. */
  readonly restart: (index: number, downMs: number) => Promise<void>;
  /** Ends of processes that nobody killed, with the last of what they said. */
  readonly ownEnds: readonly string[];
  /** What all of them have said so far. */
  readonly text: () => string;
  readonly close: () => Promise<void>;
};

const AGAIN_MS = 500;
const TAIL = 600;

/** Starts so many workers and keeps them running. */
export async function startWorkers(
  count: number,
  site: DaemonSite,
  settings: Readonly<Record<string, string>>,
): Promise<Workers> {
  const running: (DaemonProcess | undefined)[] = [];
  const restarts: Promise<void>[] = [];
  const past: string[] = [];
  const ownEnds: string[] = [];
  const expected = new Set<DaemonProcess>();
  let isClosed = false;

  const isOver = (): boolean => isClosed;

  /** Tries until it serves: what it needs may be down. */
  async function start(index: number): Promise<void> {
    while (!isOver()) {
      try {
        const worker = await site.start(settings);
        running[index] = worker;
        void worker.ended.then(async () => {
          past.push(worker.text());
          if (expected.has(worker) || isOver()) return;
          ownEnds.push(worker.text().slice(-TAIL));
          await delay(AGAIN_MS);
          if (!isOver() && running[index] === worker) await start(index);
        });
        return;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        past.push(error.message);
        await delay(AGAIN_MS);
      }
    }
  }

  await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
  return {
    count,
    restart(index, downMs) {
      const again = (restarts[index] ?? Promise.resolve()).then(async () => {
        const worker = running[index];
        if (worker !== undefined) {
          expected.add(worker);
          await worker.kill("SIGKILL");
        }
        await delay(downMs);
        await start(index);
      });
      restarts[index] = again;
      return again;
    },
    ownEnds,
    text: () => [...past, ...running.map((it) => it?.text() ?? "")].join("\n"),
    async close() {
      isClosed = true;
      await Promise.all(running.map(async (it) => it?.kill("SIGTERM")));
    },
  };
}
