import { spawnSync } from "node:child_process";
import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";
import { shellCommands } from "./shellCommands.ts";

/** What a task of Hardhat's takes, as `hre.tasks` has it. */
export type TaskShape = {
  readonly options: ReadonlyMap<
    string,
    { readonly name: string; readonly shortName?: string; readonly type: string }
  >;
  readonly positionalArguments: readonly { readonly isVariadic: boolean }[];
  readonly subtasks: ReadonlyMap<string, TaskShape>;
};

/** A program of ours: names of its commands, and of its settings as flags. */
export type ProgramShape = {
  readonly commands: readonly string[];
  readonly flags: readonly string[];
};

export type Commands = {
  readonly tasks: ReadonlyMap<string, TaskShape>;
  /** Hardhat's own options, `network` and others. */
  readonly globalOptions: readonly string[];
  readonly scripts: readonly string[];
  readonly programs: Readonly<Record<string, ProgramShape>>;
};

/** Options of Hardhat's that take no value. */
const FLAGS = ["help", "show-stack-traces", "version", "verbosity", "coverage", "gas-stats"];

/** Returns what is wrong with shell blocks: what bash cannot parse, and tasks, options, scripts and commands that do not exist. */
export function checkShell(blocks: readonly Block[], commands: Commands): readonly Finding[] {
  return blocks.flatMap((block) => [
    ...parsed(block),
    ...shellCommands(block.code).flatMap(({ line, words }) =>
      judge(words, commands).map((what) => ({
        at: `${block.page}:${block.line + 1 + line}`,
        what,
      })),
    ),
  ]);
}

/** What stands in angle brackets is the reader's to fill in. */
function parsed(block: Block): readonly Finding[] {
  const code = block.code.replaceAll(/<[\w ./|-]+>/gu, "placeholder");
  const { status, stderr } = spawnSync("bash", ["-n"], { input: code, encoding: "utf8" });
  return status === 0 ? [] : [{ at: placeOf(block), what: `bash: ${stderr.trim()}` }];
}

function judge(words: readonly string[], commands: Commands): readonly string[] {
  const [first = "", ...rest] = words[0] === "npx" ? words.slice(1) : words;
  if (first === "hardhat") return judgeTask(rest, commands);
  if (first === "npm" && rest[0] === "run" && rest[1] !== undefined) {
    return commands.scripts.includes(rest[1]) ? [] : [`package.json has no script ${rest[1]}`];
  }
  const program = commands.programs[first];
  return program === undefined ? [] : judgeProgram(first, program, rest);
}

function judgeTask(words: readonly string[], commands: Commands): readonly string[] {
  const dashed = words.indexOf("--");
  const own = dashed < 0 ? words : words.slice(0, dashed);
  let task: TaskShape | undefined;
  let operands = 0;
  const problems: string[] = [];
  for (let at = 0; at < own.length; at++) {
    const word = own[at] ?? "";
    if (/^\d?[<>]/u.test(word) && !/^<.*>$/u.test(word)) break;
    if (word.startsWith("-") && word.length > 1) {
      const takes = valuesOf(word, task, commands);
      if (takes === undefined) problems.push(`hardhat ${own[0] ?? ""} has no option ${word}`);
      at += word.includes("=") ? 0 : (takes ?? 0);
      continue;
    }
    const next = (task === undefined ? commands.tasks : task.subtasks).get(word);
    if (next !== undefined && operands === 0) task = next;
    else if (task === undefined) return [...problems, `Hardhat has no task ${word}`];
    else operands++;
  }
  const most = task?.positionalArguments ?? [];
  if (operands > most.length && most.at(-1)?.isVariadic !== true) {
    problems.push(`hardhat ${own[0] ?? ""} takes ${most.length} arguments, not ${operands}`);
  }
  return problems;
}

/** Returns how many words an option takes behind it; undefined for one that neither the task nor Hardhat has. */
function valuesOf(
  word: string,
  task: TaskShape | undefined,
  { globalOptions }: Commands,
): number | undefined {
  const name = word.replace(/^--?/u, "").replace(/=.*$/u, "");
  const option = [...(task?.options.values() ?? [])].find((it) =>
    word.startsWith("--") ? kebab(it.name) === name : it.shortName === name,
  );
  if (option !== undefined) return option.type === "FLAG" || option.type === "LEVEL" ? 0 : 1;
  if (FLAGS.includes(name) || word === "-h") return 0;
  return globalOptions.map(kebab).includes(name) ? 1 : undefined;
}

function judgeProgram(
  name: string,
  program: ProgramShape,
  words: readonly string[],
): readonly string[] {
  const problems = words
    .filter((word) => word.startsWith("--"))
    .map((word) => word.replace(/=.*$/u, ""))
    .filter((flag) => flag !== "--config" && !program.flags.includes(flag))
    .map((flag) => `${name} has no setting ${flag}`);
  const command = words[0];
  if (command === undefined || command.startsWith("-") || program.commands.includes(command)) {
    return problems;
  }
  return [`${name} has no command ${command}`, ...problems];
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}
