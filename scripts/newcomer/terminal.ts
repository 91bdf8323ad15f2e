import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** Somebody's terminal: the folder that one block changes to is where the next begins. */
export type Terminal = {
  /** @throws {Error} where a command of the block ends with another status than 0. */
  readonly run: (block: string) => Promise<void>;
  readonly cwd: () => string;
};

/** Set by the npm that runs this, which whoever begins does not have. */
const INHERITED = /^(npm_|NODE_|HARDHAT_|VOUCH_)/i;

/** Opens one in a folder, with nothing of this repository on its path. What it prints goes to stderr. */
export function openTerminal(folder: string, own: Readonly<Record<string, string>>): Terminal {
  let cwd = folder;
  const kept = Object.entries(process.env).filter(([name]) => !INHERITED.test(name));
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((it) => !it.includes("node_modules"))
    .join(delimiter);
  const env = { ...Object.fromEntries(kept), CI: "1", PATH: path, ...own };

  async function run(block: string): Promise<void> {
    process.stderr.write(`\n$ ${block.trim().replaceAll("\n", "\n$ ")}\n`);
    const child = spawn("bash", ["-euo", "pipefail", "-c", `${block}\npwd >&3`], {
      cwd,
      env,
      stdio: ["ignore", 2, 2, "pipe"],
    });
    const closed = new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const [code, folderNow] = await Promise.all([closed, text(child.stdio[3] as Readable)]);
    if (code !== 0) throw new Error(`ended with status ${code ?? "none"} in ${cwd}: ${block}`);
    cwd = folderNow.trim();
  }

  return { run, cwd: () => cwd };
}
