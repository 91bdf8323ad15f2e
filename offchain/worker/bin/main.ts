import { configHelp, readWorkerConfig } from "../config/readWorkerConfig.ts";
import type { WorkerConfig } from "../config/workerConfig.ts";
import { useFastKeccak } from "../fastKeccak.ts";
import type { Program } from "./runProgram.ts";
import { runProgram } from "./runProgram.ts";
import { WORKER_COMMANDS } from "./workerCommands.ts";

const program: Program<WorkerConfig> = {
  name: "vouch-worker",
  read: readWorkerConfig,
  settings: configHelp,
  commands: [
    {
      name: "run",
      meaning: "serve until SIGINT or SIGTERM, and a few seconds more",
      async run({ config, env, terminal }) {
        const { serve } = await import("./serve.ts"); // a model's runtime, which no other command waits for
        await serve(config, env, terminal);
        return 0;
      },
    },
    ...WORKER_COMMANDS,
  ],
};

await useFastKeccak();
process.exitCode = await runProgram(program, process.argv.slice(2), process.env, {
  out: console.log,
  err: console.error,
});
