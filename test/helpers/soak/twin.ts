import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex, RequestId } from "@vouch/protocol";
import type { DaemonProcess, DaemonSite } from "../daemonProcess.ts";
import { openDaemonSite } from "../daemonProcess.ts";
import { fillFolder } from "../stores.ts";
import { until } from "../until.ts";
import type { SoakSite } from "./site.ts";
import type { Transcript } from "./transcript.ts";
import { openTranscript } from "./transcript.ts";

/** What became of an installation that was started with a key that another one uses. */
export type TwinRecord = {
  readonly isDetected: boolean;
  /** Requests that it tried to lock until what it had begun was sent, and those behind that. */
  readonly locksBefore: number;
  readonly locksAfter: number;
  /** What it sent. */
  readonly transcript: Transcript;
  /** Digests that its own sign log has, by request. */
  readonly signed: ReadonlyMap<RequestId, Hex>;
};

const START_ATTEMPTS = 10;
const AGAIN_MS = 500;
const DETECTED_MS = 120_000;
/** A worker looks every two seconds at what keeps it from locking; what it had begun is sent. */
const QUIET_MS = 6_000;
const RESTLESS_MS = 45_000;
const WORD = '"code":"KEY_SHARED"';

/**
 * Starts a worker with the operator's key and a home, a store and an endpoint of its own, until it finds out and has sent no lock for
 * a while. Who is told that its key is shared refuses locks until it starts again, the operator's own processes too: they are restarted.
 */
export async function startTwin(soaked: SoakSite): Promise<TwinRecord> {
  const { chain, node, workers, operator, settings } = soaked;
  const transcript = openTranscript();
  const site = await openDaemonSite({ chain }, transcript.over(node.ask));
  const { chainId, anchor } = chain.deployment;
  const folder = join(site.home, "operators", operator, `${chainId}-${anchor}`);
  try {
    mkdirSync(join(folder, "store"), { recursive: true });
    await fillFolder(join(folder, "store"));
    const twin = await started(site, settings);
    let isDetected = true;
    await until("the twin finds out", () => twin.text().includes(WORD), DETECTED_MS).catch(() => {
      isDetected = false;
    });
    const locksFound = transcript.locks.size;
    const locksAfter = (await isQuiet(transcript)) ? 0 : transcript.locks.size - locksFound;
    const locksBefore = transcript.locks.size - locksAfter;
    await twin.kill("SIGKILL");
    await forget(transcript, soaked);
    for (let index = 0; index < workers.count; index++) await workers.restart(index, 0);
    const signed = readSigned(join(folder, "signed.jsonl"));
    return { isDetected, locksBefore, locksAfter, transcript, signed };
  } finally {
    await site.close();
  }
}

/** Tries again where the node was killed meanwhile. */
async function started(site: DaemonSite, settings: SoakSite["settings"]): Promise<DaemonProcess> {
  for (let attempt = 1; ; attempt++)
    try {
      return await site.start(settings);
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await delay(AGAIN_MS);
    }
}

/** Waits until no request is locked for a while; false where there is no end of it. */
async function isQuiet({ locks }: Transcript): Promise<boolean> {
  const began = performance.now();
  let since = began;
  let count = locks.size;
  while (performance.now() - since < QUIET_MS) {
    await delay(100);
    if (locks.size === count) continue;
    count = locks.size;
    since = performance.now();
    if (since - began > RESTLESS_MS) return false;
  }
  return true;
}

/** Has the node drop what it has not mined: later it would tell the operator's own processes of a twin that is gone. */
async function forget({ hashes }: Transcript, { node }: SoakSite): Promise<void> {
  for (const hash of hashes)
    try {
      await node.ask("hardhat_dropTransaction", [hash]);
    } catch (error) {
      if (!node.isUp()) return; // it forgets by itself
      if ((await node.ask("eth_getTransactionReceipt", [hash])) === null) throw error;
    }
}

function readSigned(path: string): ReadonlyMap<RequestId, Hex> {
  if (!existsSync(path)) return new Map(); // it was killed before it had anything to sign
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"));
  return new Map(
    lines.map((line) => {
      const { request, digest } = JSON.parse(line) as { request: RequestId; digest: Hex };
      return [request, digest];
    }),
  );
}
