import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import hre from "hardhat";

/**
 * Builds the page into `dist/explorer`, as `vite build` does.
 *
 * @throws where it fails, with what Vite said of it.
 */
export async function buildPage(signal: AbortSignal): Promise<void> {
  const cwd = join(hre.config.paths.root, "offchain/explorer");
  const manifest = createRequire(join(cwd, "package.json")).resolve("vite/package.json");
  const program = join(dirname(manifest), "bin/vite.js");
  const child = spawn(process.execPath, [program, "build", "--logLevel", "warn"], {
    ...{ cwd, signal, stdio: ["ignore", "pipe", "pipe"] },
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`the page was not built:\n${(await said).join("")}`);
}
