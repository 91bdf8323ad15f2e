import { setTimeout as delay } from "node:timers/promises";
import { until } from "../until.ts";
import { openDaemonSite } from "../daemonProcess.ts";
import type { SoakSite } from "./site.ts";
import { WORKER_SETTINGS } from "./site.ts";
import { openTranscript } from "./transcript.ts";

/** What became of an installation that was started with a key that another one uses. */
export type TwinRecord = {
  readonly isDetected: boolean;
  /** Requests that it tried to lock before it could know, and when it did. */
  readonly locksBefore: number;
  readonly locksAfter: number;
};

const DETECTED_MS = 60_000;
/** A worker looks every two seconds at what keeps it from locking; what it had begun is sent. */
const TAKES_EFFECT_MS = 5_000;
const WATCHED_MS = 5_000;
const WORD = '"code":"KEY_SHARED"';

/**
 * Starts a worker with the operator's key and a home, a store and an endpoint of its own, until it finds out or a minute is over. Who
 * is told that its key is shared refuses locks until it starts again, the operator's own processes too: they are restarted.
 */
export async function startTwin({ chain, node, workers }: SoakSite): Promise<TwinRecord> {
  const transcript = openTranscript();
  const site = await openDaemonSite({ chain }, transcript.over(node.ask));
  try {
    const twin = await site.start(WORKER_SETTINGS);
    let isDetected = true;
    await until("the twin finds out", () => twin.text().includes(WORD), DETECTED_MS).catch(() => {
      isDetected = false;
    });
    await delay(TAKES_EFFECT_MS);
    const locksBefore = transcript.locks.size;
    await delay(WATCHED_MS);
    const locksAfter = transcript.locks.size - locksBefore;
    await twin.kill("SIGKILL");
    for (let index = 0; index < workers.count; index++) await workers.restart(index, 0);
    return { isDetected, locksBefore, locksAfter };
  } finally {
    await site.close();
  }
}
