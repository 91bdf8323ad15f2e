import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { verdictOf } from "../../browser/verdictOf.ts";

/** Milliseconds, in the browser's worker, of each receipt that the stack kept; or why there are none. */
export type VerificationTimes = Readonly<Record<string, object>> | string;

/** Verifies receipts on the page, each some times, each time in a worker that has loaded nothing yet. */
export async function verificationTimes(
  browser: Browser,
  url: string,
  receipts: string | undefined,
  repeats: number,
): Promise<VerificationTimes> {
  if (receipts === undefined) return "not measured: VOUCH_EXPLORER_RECEIPTS names no folder";
  const context = await browser.newContext({ baseURL: url });
  const page = await context.newPage();
  const times: Record<string, object> = {};
  for (const name of (await readdir(receipts)).filter((it) => it.endsWith(".json")).sort()) {
    const text = await readFile(join(receipts, name), "utf8");
    const taken: number[] = [];
    const waited: number[] = [];
    let status = "";
    for (let repeat = 0; repeat < repeats; repeat++) {
      const started = performance.now();
      const verdict = await verdictOf(page, text);
      waited.push(performance.now() - started);
      taken.push(verdict.tookMs ?? 0);
      status = verdict.status;
    }
    times[name] = { status, tookMs: median(taken), withPageMs: median(waited) };
  }
  await context.close();
  return times;
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
