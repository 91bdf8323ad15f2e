// Starts the demo: on the chain alone, or with `--http` through the gateway. `hardhat run` hands no arguments on, and says
// nothing while it compiles, which takes minutes the first time.
import { spawn } from "node:child_process";
import { progressLine } from "../offchain/hardhat/tasks/progressLine.ts";

const [form, ...rest] = process.argv.slice(2);
const scripts: Readonly<Record<string, string>> = { "": "demo.ts", "--http": "demoHttp.ts" };
const script = scripts[form ?? ""];
if (script === undefined || rest.length > 0) {
  console.error("The demo takes nothing, or --http: `npm run demo -- --http`.");
  process.exitCode = 2;
} else {
  const { onProgress, done } = progressLine(false);
  onProgress("compile the contracts, for some minutes the first time");
  const built = await hardhat("build", "--no-tests", "--quiet").finally(done);
  process.exitCode =
    built === 0 ? await hardhat("run", "--no-compile", `scripts/${script}`) : built;
}

/** Runs a task of Hardhat's to its end, and returns its exit status; a signal is handed on. */
function hardhat(...task: readonly string[]): Promise<number> {
  const child = spawn("hardhat", task, { stdio: "inherit" });
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      child.kill(name);
    });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}
