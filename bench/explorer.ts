// What a visitor of the explorer waits for: the page's weight (gzip, of what everybody loads), when something is seen (median of five visits
// of somebody who was never there, over a connection that is not slowed down), and how long the browser verifies a receipt with a proof.
// Lighthouse's scores where there is a `lighthouse`. Builds the page and starts the stack, unless VOUCH_EXPLORER_URL names one. Prints JSON.
//
//   npm run bench:explorer -- [--visits 5] [--bundle-only]
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { chromium } from "playwright-core";
import { chromiumPath } from "../browser/chromiumPath.ts";
import { bundleSizes } from "./explorer/bundleSizes.ts";
import { lighthouseScores } from "./explorer/lighthouseScores.ts";
import type { PaintTimes } from "./explorer/paintTimes.ts";
import { paintTimes } from "./explorer/paintTimes.ts";
import { verificationTimes } from "./explorer/verificationTimes.ts";
import { machineOf } from "./proofs/machineOf.ts";

const FOLDER = join(import.meta.dirname, "../offchain/explorer");
const { values } = parseArgs({
  options: {
    visits: { type: "string", default: "5" },
    "bundle-only": { type: "boolean", default: false },
  },
});
const visits = Number(values.visits);

await promisify(execFile)("vite", ["build", "--logLevel", "warn"], { cwd: FOLDER });
const bundle = await bundleSizes(join(FOLDER, "../../dist/explorer"));
const command = `npm run bench:explorer -- --visits ${visits}`;
const seen = values["bundle-only"] ? {} : await inBrowser();
console.log(JSON.stringify({ command, machine: machineOf(), bundle, ...seen }, undefined, 2));

async function inBrowser(): Promise<object> {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    return { browser: "not measured: there is no Chromium, and CHROMIUM_PATH names none" };
  const ending = new AbortController();
  const folder = await mkdtemp(join(tmpdir(), "vouch-bench-explorer-"));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const { url, receipts } = await runningStack(folder, ending.signal);
    const pages: Record<string, object> = {};
    for (const path of ["/", "/models", "/requests", "/verify", "/try"])
      pages[path] = mediansOf(await paintTimes(browser, new URL(path, url).href, visits));
    return {
      browser: browser.version(),
      pages,
      verification: await verificationTimes(browser, url, receipts, visits),
      lighthouse: await lighthouseScores(url, executablePath),
    };
  } finally {
    await browser.close();
    ending.abort();
    await rm(folder, { recursive: true, force: true });
  }
}

type Running = { readonly url: string; readonly receipts: string | undefined };

async function runningStack(folder: string, signal: AbortSignal): Promise<Running> {
  const [url, receipts] = ["URL", "RECEIPTS"].map((it) => process.env[`VOUCH_EXPLORER_${it}`]);
  if (url !== undefined) return { url, receipts };
  const { startStack } = await import("../scripts/explorer/startStack.ts");
  return await startStack({ folder }, signal);
}

function mediansOf(times: readonly PaintTimes[]): object {
  const median = (of: (it: PaintTimes) => number): number => {
    const sorted = times.map(of).toSorted((a, b) => a - b);
    return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  };
  return {
    firstContentfulPaintMs: median((it) => it.firstContentfulPaint),
    largestContentfulPaintMs: median((it) => it.largestContentfulPaint),
    loadMs: median((it) => it.load),
    bytes: median((it) => it.transferred),
  };
}
