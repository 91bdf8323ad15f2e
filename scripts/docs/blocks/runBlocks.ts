import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Module } from "./checkTypescript.ts";
import { textOf } from "./checkTypescript.ts";
import { comparePrinted, printedBy } from "./printed.ts";
import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";
import type { Program } from "./runProgram.ts";
import { runProgram } from "./runProgram.ts";
import type { Sorted } from "./sortBlocks.ts";
import { runnableModules } from "./sortBlocks.ts";

/** Runs the blocks that say `run`, one after the other, in the project's folder; returns those that fail, or print what their page does not show. */
export async function runBlocks(root: string, sorted: Sorted): Promise<readonly Finding[]> {
  const modules = runnableModules(root, sorted);
  const findings: Finding[] = [];
  const run = async (block: Block, program: string, args: readonly string[]): Promise<void> => {
    findings.push(...(await runBlock(sorted, block, { program, args, folder: root })));
  };
  try {
    await writeModules(modules);
    for (const { path, blocks } of modules) {
      const block = blocks.find(({ words }) => words.has("run"));
      if (block === undefined) continue;
      if (block.words.get("run") === "mocha")
        await run(block, "hardhat", ["test", "mocha", "--no-compile", path]);
      else await run(block, process.execPath, [path]);
    }
    for (const block of sorted.checked.shell.filter(({ words }) => words.has("run")))
      await run(block, "bash", ["-euo", "pipefail", "-c", block.code]);
  } finally {
    await removeModules(modules);
  }
  return findings;
}

/** Runs one block by a program; returns what is wrong with how it ended, or with what it printed. */
export async function runBlock(
  { blocks }: Pick<Sorted, "blocks">,
  block: Block,
  program: Program,
): Promise<readonly Finding[]> {
  const { out, status, failure } = await runProgram(program);
  return status === Number(block.words.get("ends") ?? 0)
    ? comparePrinted(block, printedBy(blocks, block), out)
    : [{ at: placeOf(block), what: failure }];
}

/** Writes modules where their imports find the packages. */
export async function writeModules(modules: readonly Module[]): Promise<void> {
  for (const module of modules) {
    await mkdir(dirname(module.path), { recursive: true });
    await writeFile(module.path, textOf(module));
  }
}

export async function removeModules(modules: readonly Module[]): Promise<void> {
  await Promise.all(modules.map(({ path }) => rm(path, { force: true })));
}
