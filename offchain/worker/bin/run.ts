import { configHelp, readWorkerConfig } from "../config/readWorkerConfig.ts";
import { messageOf } from "../messageOf.ts";
import { codeOfError } from "../steps/giveUp.ts";
import { listDead, retryDead } from "./deadLetters.ts";
import { serve } from "./serve.ts";
import { showStatus } from "./status.ts";
import type { Terminal } from "./terminal.ts";

type Env = Readonly<Record<string, string | undefined>>;

const COMMANDS = [
  ["run", "serve until SIGINT or SIGTERM, and a few seconds more (the default)"],
  ["status", "show how a running worker stands"],
  ["dead-letters", "list the requests that were given up, with the reason"],
  ["retry <id|all>", "put dead letters back into their queues"],
  ["help", "list commands and settings"],
] as const;

/** Runs `vouch-worker`; returns the exit status: 1 where it failed, with the code and the message of the error. */
export async function run(args: readonly string[], env: Env, terminal: Terminal): Promise<number> {
  try {
    const { config, rest } = readWorkerConfig({ args, env });
    const [command = "run", ...operands] = rest;
    switch (command) {
      case "run":
        await serve(config, env, terminal);
        return 0;
      case "status":
        return await showStatus(config, terminal);
      case "dead-letters":
        await listDead(config, env, terminal);
        return 0;
      case "retry":
        return await retryDead(operands[0], config, env, terminal);
      case "help":
        terminal.out(help());
        return 0;
      default:
        terminal.err(`There is no command ${command}.\n\n${commands()}`);
        return 2;
    }
  } catch (error) {
    terminal.err(`${codeOfError(error) ?? "ERROR"}: ${messageOf(error)}`);
    return 1;
  }
}

function commands(): string {
  const lines = COMMANDS.map(([name, meaning]) => `  ${name.padEnd(16)}${meaning}`);
  return `vouch-worker <command> [--config <file>] [settings]\n\n${lines.join("\n")}`;
}

function help(): string {
  const settings = configHelp().map(([flag, variable, value, meaning]) => {
    const shown = value === "" ? "" : ` [${value}]`;
    return `  ${flag}, ${variable}${shown}\n      ${meaning}`;
  });
  const order =
    "Settings, as flags or variables, or as members of the file that --config names; a flag beats a variable, a variable the file:";
  return `${commands()}\n\n${order}\n\n${settings.join("\n")}`;
}
