// Starts everything that the explorer shows, on this machine, with two weeks of activity behind it: `npm run explorer`.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { ServerError } from "../offchain/explorer/server/errors.ts";
import { progressLine } from "../offchain/hardhat/tasks/progressLine.ts";
import { createStepLog } from "./demo/steps.ts";
import type { ExplorerArguments } from "./explorer/explorerArguments.ts";
import { readExplorerArguments, USAGE } from "./explorer/explorerArguments.ts";

const read = readExplorerArguments(process.argv.slice(2));
if (typeof read === "string") {
  console.error(`${read}\n\n${USAGE}`);
  process.exitCode = 2;
} else if (read.help) {
  console.log(USAGE);
} else {
  process.exitCode = await run(read);
}

async function run(args: Exclude<ExplorerArguments, { help: true }>): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130); // the second time nothing is waited for
      console.log("\nEnding all of it; once more ends it at once.");
      stop.abort();
    });
  if (args.keep !== undefined && !isEmpty(args.keep)) {
    console.error(
      `${args.keep} is not empty, and a chain that begins anew has nothing to do with what is in it. Name another folder, or delete it.`,
    );
    return 2;
  }
  if (args.compile) {
    const built = await buildContracts(stop.signal);
    if (built !== 0) return built;
  }
  const log = createStepLog();
  const began = performance.now();
  try {
    // After the build, for it makes types that these import.
    const { startStack } = await import("./explorer/startStack.ts");
    const { printStack } = await import("./explorer/printStack.ts");
    const { port, rpcPort, perDay } = args;
    const folder = args.keep === undefined ? {} : { folder: resolve(args.keep) };
    const stack = await startStack({ port, rpcPort, perDay, log, ...folder }, stop.signal);
    printStack(log, stack);
    const seconds = ((performance.now() - began) / 1_000).toFixed(0);
    console.log(`\nThe explorer is at ${stack.url}/ after ${seconds} s. Ctrl-C ends it.`);
    if (!stop.signal.aborted)
      await new Promise((ended) => {
        stop.signal.addEventListener("abort", ended, { once: true });
      });
    await stack.close();
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    console.error(error instanceof ServerError ? error.message : error);
    return 1;
  }
}

function isEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

/** Compiles what has changed: minutes the first time, in which Hardhat says nothing. */
async function buildContracts(signal: AbortSignal): Promise<number> {
  const { onProgress, done } = progressLine(false);
  onProgress("compile the contracts, for some minutes the first time");
  const child = spawn("hardhat", ["build", "--no-tests", "--quiet"], { stdio: "inherit", signal });
  return new Promise<number>((ended) => {
    child.on("error", (error) => {
      if (!signal.aborted) console.error(error);
      ended(1);
    });
    child.on("close", (code) => {
      ended(code ?? 1);
    });
  }).finally(done);
}
