import type { Command, Program } from "@vouch/worker";
import { runProgram, useFastKeccak, WORKER_COMMANDS } from "@vouch/worker";
import type { OperatorConfig } from "../config/operatorConfig.ts";
import { operatorHelp, readOperatorConfig } from "../config/readOperatorConfig.ts";
import { listPrices } from "./prices.ts";
import { serve } from "./serve.ts";

const program: Program<OperatorConfig> = {
  name: "vouch-gateway",
  read: readOperatorConfig,
  settings: operatorHelp,
  commands: [
    {
      name: "run",
      meaning: "work and serve HTTP until SIGINT or SIGTERM; what is under way is finished first",
      async run({ config, env, terminal }) {
        await serve(config, env, terminal);
        return 0;
      },
    },
    {
      name: "prices",
      meaning: "list what would be sold, under which policies and for how much",
      async run({ config, env, terminal }) {
        await listPrices(config, env, terminal);
        return 0;
      },
    },
    ...WORKER_COMMANDS.map((command) =>
      command.name === "status" ? withReceipts(command) : command,
    ),
  ],
};

/** `status` says besides what these settings keep. */
function withReceipts(status: Command<OperatorConfig>): Command<OperatorConfig> {
  return {
    ...status,
    run(invocation) {
      invocation.terminal.out(`receipts      ${keptFor(invocation.config.http)}`);
      return status.run(invocation);
    },
  };
}

/** How long receipts are kept. */
function keptFor({ receiptDays, freeReceiptsMb }: OperatorConfig["http"]): string {
  const paid = receiptDays === 0 ? "kept for ever" : `kept for ${receiptDays} days`;
  const free = `up to ${freeReceiptsMb} MB of those that nobody paid for, the newest`;
  return freeReceiptsMb === 0 ? paid : `${paid}, and ${free}`;
}

await useFastKeccak();
process.exitCode = await runProgram(program, process.argv.slice(2), process.env, {
  out: console.log,
  err: console.error,
});
