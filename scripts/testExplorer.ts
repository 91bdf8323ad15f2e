// Tests the explorer in a browser against the real stack: `npm run test:explorer`, with files of browser/ after `--` where not all are
// meant. VOUCH_EXPLORER_URL names a page that runs already, VOUCH_EXPLORER_RECEIPTS the folder of its receipts; CHROMIUM_PATH a browser that is not where systems put it.
// The tests are apart from `npm test`, which loads every file below test/.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath } from "../browser/chromiumPath.ts";
import { createStepLog } from "./demo/steps.ts";

const ROOT = join(import.meta.dirname, "..");
const TIMEOUT_MS = 180_000;
const PICTURES = "snapshots.test.ts";

if (chromiumPath() === undefined) {
  console.error(
    "\n!!! The explorer was NOT tested: there is no Chromium here. `apt-get install chromium` brings one; CHROMIUM_PATH names another.\n",
  );
  process.exit(process.env["CI"] === undefined ? 0 : 1);
}

const running = process.env["VOUCH_EXPLORER_URL"];
const receipts = process.env["VOUCH_EXPLORER_RECEIPTS"];
process.exitCode =
  running === undefined ? await testOwnStack() : await runMocha({ url: running, receipts });

async function testOwnStack(): Promise<number> {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      ending.abort();
    });
  const folder = await mkdtemp(join(tmpdir(), "vouch-explorer-test-"));
  try {
    // It imports Hardhat, which takes a while: not for who has no browser.
    const { startStack } = await import("./explorer/startStack.ts");
    const stack = await startStack({ folder, log: createStepLog() }, ending.signal);
    try {
      return await runMocha(stack);
    } finally {
      await stack.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runMocha({
  url,
  receipts,
}: {
  readonly url: string;
  readonly receipts: string | undefined;
}): Promise<number> {
  const named = process.argv.slice(2);
  const all = (await readdir(join(ROOT, "browser"))).filter((name) => name.endsWith(".test.ts"));
  // Pictures first: they are of what the seed made, before other tests add to it.
  const inOrder = all.sort().sort((left, right) => rank(left) - rank(right));
  const files = named.length > 0 ? named : inOrder.map((name) => join("browser", name));
  const child = spawn("mocha", ["--timeout", String(TIMEOUT_MS), ...files], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, VOUCH_EXPLORER_URL: url, VOUCH_EXPLORER_RECEIPTS: receipts },
  });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

function rank(name: string): number {
  return name === PICTURES ? 0 : 1;
}
