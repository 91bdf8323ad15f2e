import { buildBn128 } from "ffjavascript";
import type { Curve } from "ffjavascript";

declare global {
  /** ffjavascript keeps its shared curve here, with one worker thread for each core. */
  var curve_bn128: Curve | null | undefined; // `var`: a global declared otherwise is no property of globalThis
}

const running = new Set<Promise<unknown>>();
let starting: Promise<Curve> | undefined;

/**
 * Runs work of snarkjs, or of ours, which needs the shared curve and its threads. Built here, once: two concurrent first calls of
 * snarkjs would build two curves, and nobody could terminate the first.
 */
export async function withSharedCurve<T>(work: (curve: Curve) => Promise<T>): Promise<T> {
  const task = sharedCurve().then(work);
  running.add(task);
  try {
    return await task;
  } finally {
    running.delete(task);
  }
}

async function sharedCurve(): Promise<Curve> {
  starting ??= buildBn128().finally(() => {
    starting = undefined;
  });
  return starting;
}

/**
 * Waits for the work in progress and ends the curve's threads, without which the process does not exit. Work begun later
 * starts them again.
 */
export async function terminate(): Promise<void> {
  while (running.size > 0) await Promise.allSettled(running);
  await globalThis.curve_bn128?.terminate();
}
