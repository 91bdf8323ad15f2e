#!/usr/bin/env node
// Starts vouch-gateway under a Node that runs TypeScript: this one, or the one that `npm ci` installed beside the packages.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
if (process.features.typescript) await import("./main.ts");
else {
  const node = join(here, "../../../node_modules/.bin/node");
  if (!existsSync(node)) {
    console.error(`vouch-gateway needs Node 22.18 or newer, and this is ${process.version}.`);
    process.exitCode = 1;
  } else {
    const args = [join(here, "main.ts"), ...process.argv.slice(2)];
    process.exitCode = spawnSync(node, args, { stdio: "inherit" }).status ?? 1;
  }
}
