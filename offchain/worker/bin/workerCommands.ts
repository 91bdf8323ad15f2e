import type { WorkerConfig } from "../config/workerConfig.ts";
import type { Command, Invocation } from "./runProgram.ts";
import { showStatus } from "./status.ts";

/** Commands beside a running worker, for every program that is one. */
export const WORKER_COMMANDS: readonly Command<WorkerConfig>[] = [
  {
    name: "status",
    meaning: "show how a running worker stands",
    run: ({ config, terminal }): Promise<number> => showStatus(config, terminal),
  },
  {
    name: "dead-letters",
    meaning: "list the requests that were given up, with the reason",
    async run({ config, env, terminal }: Invocation<WorkerConfig>): Promise<number> {
      const { listDead } = await import("./deadLetters.ts");
      return listDead(config, env, terminal);
    },
  },
  {
    name: "retry",
    takes: "<id|all>",
    meaning: "put dead letters back into their queues",
    async run({ config, operands, env, terminal }: Invocation<WorkerConfig>): Promise<number> {
      const { retryDead } = await import("./deadLetters.ts");
      return retryDead(operands[0], config, env, terminal);
    },
  },
];
