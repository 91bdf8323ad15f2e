import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Starts a program under a Node that runs it: this one, or, where it is TypeScript and this Node reads none, the one that `npm ci`
 * installed beside the packages. `flags` are Node's, `--name=value`; one that was given otherwise stays as it was given.
 */
export async function launch(name, main, flags = []) {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)].map(nameOf);
  const added = flags.filter((it) => !given.includes(nameOf(it)));
  if (main.pathname.endsWith(".js") || process.features.typescript) {
    // Node reads them when it begins: this process begins again, in its own place. Where that cannot be it goes on without.
    if (added.length > 0 && process.execve !== undefined && process.platform !== "win32") {
      const args = [...added, ...process.execArgv, ...process.argv.slice(1)];
      process.execve(process.execPath, [process.execPath, ...args], process.env);
    }
    await import(main.href);
    return;
  }
  const node = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(node)) {
    console.error(`${name} needs Node 22.18 or newer, and this is ${process.version}.`);
    process.exitCode = 1;
    return;
  }
  const args = [...added, fileURLToPath(main), ...process.argv.slice(2)];
  process.exitCode = spawnSync(node, args, { stdio: "inherit" }).status ?? 1;
}

/** Node takes dashes and underscores alike. */
function nameOf(flag) {
  return flag.split("=", 1)[0].replaceAll("_", "-");
}
