import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Starts a program under a Node that runs TypeScript: this one, or the one that `npm ci` installed beside the packages. */
export async function launch(name, main) {
  if (process.features.typescript) {
    await import(main.href);
    return;
  }
  const node = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(node)) {
    console.error(`${name} needs Node 22.18 or newer, and this is ${process.version}.`);
    process.exitCode = 1;
    return;
  }
  const args = [fileURLToPath(main), ...process.argv.slice(2)];
  process.exitCode = spawnSync(node, args, { stdio: "inherit" }).status ?? 1;
}
