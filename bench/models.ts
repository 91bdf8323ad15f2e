// Thousands of releases on one worker: trainings of the models of models/, each a release with a file of its own, served by
// one onnxruntime back end within a budget. Prints JSON: what registering, cold loads and a drawn load of requests take, what
// the process grew by, the estimate of each model beside what its sessions and its compiled form really take, and what batching gives.
//
//   npm run bench:models -- [--releases 2000] [--budget-mb 1024] [--requests 5000]
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EXAMPLES } from "./models/examples.ts";

const { values } = parseArgs({
  options: {
    releases: { type: "string", default: "2000" },
    "budget-mb": { type: "string", default: "1024" },
    requests: { type: "string", default: "5000" },
  },
});
for (const [name, value] of Object.entries(values))
  if (!/^[1-9]\d*$/.test(value)) throw new RangeError(`--${name} is "${value}", no positive count`);

const TARGET = { coldLoadP95Ms: 250 };
const BATCHED = [
  "credit-german-mlp",
  "credit-default-gbdt",
  "mnist-mlp",
  "mnist-cnn",
  "vol-eth-lstm",
];

const folder = await mkdtemp(join(tmpdir(), "vouch-models-"));
try {
  say(`${values.releases} releases are written`);
  const written = step("prepare", folder, values.releases);
  say("they are served");
  const served = step("serve", folder, values["budget-mb"], values.requests);
  const sizes = EXAMPLES.map((name) => {
    say(`${name}: memory of a session`);
    return step("size", folder, name);
  });
  const compiled = EXAMPLES.map((name) => {
    say(`${name}: memory of a compiled release`);
    return step("compiled", name);
  });
  const batching = BATCHED.map((name) => {
    say(`${name}: batching`);
    return step("batch", folder, name);
  });
  const command = ["npm run bench:models --", ...process.argv.slice(2)].join(" ");
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    threads: availableParallelism(),
    node: process.version,
  };
  const report = { command, machine, target: TARGET, written, served, sizes, compiled, batching };
  console.log(JSON.stringify(report, undefined, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Each step is a process of its own, so that its memory is its own. */
function step(name: string, ...rest: readonly string[]): unknown {
  const script = join(import.meta.dirname, "models", `${name}.ts`);
  const command = ["--expose-gc", script, ...rest];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: "utf8" }));
}

function say(text: string): void {
  process.stderr.write(`  … ${text}\n`);
}
