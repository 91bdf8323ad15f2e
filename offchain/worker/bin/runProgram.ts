import type { ConfigSources, ReadConfig, SettingHelp } from "../config/readConfig.ts";
import { looksSecret } from "../config/looksSecret.ts";
import { messageOf } from "../messageOf.ts";
import { codeOfError } from "../steps/giveUp.ts";
import type { Terminal } from "./terminal.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** What a command is run with: its settings, and the arguments behind its name. */
export type Invocation<Config> = {
  readonly config: Config;
  readonly operands: readonly string[];
  readonly env: Env;
  readonly terminal: Terminal;
};

export type Command<Config> = {
  readonly name: string;
  /** What it takes behind its name. */
  readonly takes?: string;
  readonly meaning: string;
  /** Returns the exit status. */
  readonly run: (invocation: Invocation<Config>) => Promise<number>;
};

/** A program of commands over one configuration; without a command the first is run. `help` is every program's. */
export type Program<Config> = {
  readonly name: string;
  readonly read: (sources: ConfigSources) => ReadConfig<Config>;
  readonly settings: () => readonly SettingHelp[];
  readonly commands: readonly [Command<Config>, ...Command<Config>[]];
};

/** Runs a program; returns the exit status: 1 where it failed, with the code and the message of the error, 2 where it was asked wrongly. */
export async function runProgram<Config>(
  program: Program<Config>,
  args: readonly string[],
  env: Env,
  terminal: Terminal,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    // Whatever else is set, and whether or not it can be read.
    terminal.out(helpOf(program));
    return 0;
  }
  try {
    const { config, rest } = program.read({ args, env });
    const [name = program.commands[0].name, ...operands] = rest;
    if (name === "help") {
      terminal.out(helpOf(program));
      return 0;
    }
    const command = program.commands.find((it) => it.name === name);
    if (command !== undefined) return await command.run({ config, operands, env, terminal });
    const shown = looksSecret(name) ? "of that name" : name;
    terminal.err(`There is no command ${shown}.\n\n${commandsOf(program)}`);
    return 2;
  } catch (error) {
    terminal.err(`${codeOfError(error) ?? "ERROR"}: ${messageOf(error)}`);
    return 1;
  }
}

function commandsOf<Config>({ name: program, commands }: Program<Config>): string {
  const [first, ...others] = commands;
  const rows: readonly Omit<Command<Config>, "run">[] = [
    { ...first, meaning: `${first.meaning} (the default)` },
    ...others,
    { name: "help", meaning: "list commands and settings" },
  ];
  const lines = rows.map(({ name, takes, meaning }) => {
    const shown = takes === undefined ? name : `${name} ${takes}`;
    return `  ${shown.padEnd(16)}${meaning}`;
  });
  return `${program} <command> [--config <file>] [settings]\n\n${lines.join("\n")}`;
}

function helpOf<Config>(program: Program<Config>): string {
  const settings = program.settings().map(([flag, variable, value, meaning]) => {
    const shown = value === "" ? "" : ` [${value}]`;
    return `  ${flag}, ${variable}${shown}\n      ${meaning}`;
  });
  const order =
    "Settings, as flags or variables, or as members of the file that --config names; a flag beats a variable, a variable the file:";
  return `${commandsOf(program)}\n\n${order}\n\n${settings.join("\n")}`;
}
