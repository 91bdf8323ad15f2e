// Does what docs/tutorial.md says, as who has nothing but Node and npm: in a fresh folder, with an empty cache, with the packages of
// this checkout from a registry on this machine. Prints what each block took as JSON: `npm run newcomer`. For systems with bash.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseReceipt, verifyReceipt } from "@vouch/protocol";
import { blocksOf } from "./docs/blocks/readBlocks.ts";
import { openTerminal } from "./newcomer/terminal.ts";
import { serveRegistry } from "./pack/registry.ts";
import { ROOT } from "./pack/workspaces.ts";

const PAGE = "docs/tutorial.md";
/** Ten minutes. */
const LIMIT_SECONDS = 600;
/** Blocks that end by themselves; the page is served until somebody ends it. */
const LEFT_OUT = "machine";

const upstream = process.env["npm_config_registry"] ?? "https://registry.npmjs.org/";
if (process.env["NEWCOMER_PACKED"] === undefined)
  execFileSync("npm", ["run", "pack"], { cwd: ROOT, stdio: ["ignore", 2, 2] });
const folder = mkdtempSync(join(tmpdir(), "vouch-newcomer-"));
const registry = await serveRegistry(join(ROOT, "dist/packages"), upstream);
try {
  const terminal = openTerminal(folder, {
    npm_config_registry: registry.url,
    npm_config_cache: join(folder, ".npm"),
  });
  const blocks = blocksOf(PAGE, readFileSync(join(ROOT, PAGE), "utf8")).filter(
    ({ language, words }) => language === "sh" && words.get("test") !== LEFT_OUT,
  );
  const steps: { readonly step: string; readonly seconds: number }[] = [];
  for (const { code } of blocks) {
    const startedAt = performance.now();
    await terminal.run(code);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    steps.push({ step: code.trim(), seconds });
  }
  // What the page does not ask for, and is not counted.
  await terminal.run("npm run typecheck");
  const total = Math.round(steps.reduce((sum, { seconds }) => sum + seconds, 0));
  const receipt = parseReceipt(
    JSON.parse(readFileSync(join(terminal.cwd(), "receipt.json"), "utf8")),
  );
  const verified = verifyReceipt(receipt).checks.map(({ name }) => name);
  console.log(JSON.stringify({ steps, total, limit: LIMIT_SECONDS, verified }, null, 2));
  if (total > LIMIT_SECONDS || !verified.includes("zk")) process.exitCode = 1;
} finally {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
}
