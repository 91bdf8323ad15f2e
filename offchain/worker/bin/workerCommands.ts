import type { WorkerConfig } from "../config/workerConfig.ts";
import { listDead, retryDead } from "./deadLetters.ts";
import type { Command } from "./runProgram.ts";
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
    run: ({ config, env, terminal }): Promise<number> => listDead(config, env, terminal),
  },
  {
    name: "retry",
    takes: "<id|all>",
    meaning: "put dead letters back into their queues",
    run: ({ config, operands, env, terminal }): Promise<number> =>
      retryDead(operands[0], config, env, terminal),
  },
];
