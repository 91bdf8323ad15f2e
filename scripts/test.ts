// Runs every test (Solidity and mocha) and closes with one plain line of counts. `--deep` runs the long forms too.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const deep = process.argv.includes("--deep");
const rest = process.argv.slice(2).filter((argument) => argument !== "--deep");
/** Compiled modules, which a few hundred processes of tests need not compile each for itself. */
const compiled = join(import.meta.dirname, "../node_modules/.cache/compiled");
const started = performance.now();
const child = spawn("hardhat", ["test", ...rest], {
  stdio: ["inherit", "pipe", "inherit"],
  env: {
    NODE_COMPILE_CACHE: compiled,
    ...process.env,
    HARDHAT_DISABLE_TELEMETRY: "true",
    ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}),
    ...(deep ? { VOUCH_DEEP: "1", VOUCH_FUZZ_RUNS: "10000" } : {}),
  },
});

let tail = "";
child.stdout.on("data", (chunk: Buffer) => {
  process.stdout.write(chunk);
  tail = (tail + chunk.toString()).slice(-20_000);
});
child.on("close", (code) => {
  const text = stripVTControlCharacters(tail);
  const count = (word: string): number =>
    Number(
      text
        .match(new RegExp(`^\\s*(\\d+) ${word}\\b`, "gm"))
        ?.at(-1)
        ?.trim()
        .split(" ")[0] ?? 0,
    );
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`\nTests took ${seconds} s.\n`);
  // Hardhat has what mocha skips among the passed.
  const pending = count("pending");
  const passed = count("passing") - pending;
  const skipped = count("skipped") + pending;
  process.stdout.write(`${passed} passed, ${count("failing")} failed, ${skipped} skipped\n`);
  process.exitCode = code ?? 1;
});
