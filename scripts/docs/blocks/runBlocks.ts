import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";
import type { Sorted } from "./sortBlocks.ts";
import { runnableModules } from "./sortBlocks.ts";
import { textOf } from "./checkTypescript.ts";

/** A program takes this long at most. */
const LIMIT_MS = 600_000;

/** Runs the blocks that say so, one after the other, in the project's folder; returns those that fail, with their last lines. */
export async function runBlocks(root: string, sorted: Sorted): Promise<readonly Finding[]> {
  const modules = runnableModules(root, sorted);
  const findings: Finding[] = [];
  try {
    for (const module of modules) {
      await mkdir(dirname(module.path), { recursive: true });
      await writeFile(module.path, textOf(module));
    }
    for (const { path, blocks } of modules) {
      const block = blocks.find(({ words }) => words.has("run"));
      if (block === undefined) continue;
      const mocha = block.words.get("run") === "mocha";
      const [program = "", ...args] = mocha
        ? ["hardhat", "test", "mocha", "--no-compile", path]
        : [process.execPath, path];
      findings.push(...(await run(root, block, program, args)));
    }
    for (const block of sorted.checked.shell.filter(({ words }) => words.has("run"))) {
      findings.push(...(await run(root, block, "bash", ["-euo", "pipefail", "-c", block.code])));
    }
  } finally {
    await Promise.all(modules.map(({ path }) => rm(path, { force: true })));
  }
  return findings;
}

function run(
  root: string,
  block: Block,
  program: string,
  args: readonly string[],
): Promise<readonly Finding[]> {
  const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" };
  return new Promise((resolve) => {
    const options = { cwd: root, env, timeout: LIMIT_MS, maxBuffer: 64 << 20 };
    execFile(program, args, options, (error, stdout, stderr) => {
      const tail = `${stdout}\n${stderr}`.trim().split("\n").slice(-20).join("\n");
      resolve(error === null ? [] : [{ at: placeOf(block), what: `${error.message}\n${tail}` }]);
    });
  });
}
