// Starts the demo: on the chain alone, or with `--http` through the gateway. `hardhat run` hands no arguments on.
import { spawn } from "node:child_process";

const [form, ...rest] = process.argv.slice(2);
const scripts: Readonly<Record<string, string>> = { "": "demo.ts", "--http": "demoHttp.ts" };
const script = scripts[form ?? ""];
if (script === undefined || rest.length > 0) {
  console.error("The demo takes nothing, or --http: `npm run demo -- --http`.");
  process.exitCode = 2;
} else {
  const child = spawn("hardhat", ["run", `scripts/${script}`], { stdio: "inherit" });
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      child.kill(name);
    });
  child.on("close", (code) => {
    process.exitCode = code ?? 1;
  });
}
