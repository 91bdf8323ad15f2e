import { ArgumentType } from "hardhat/types/arguments";
import type { Task } from "hardhat/types/tasks";
import { code, escaped, table } from "./page.ts";
import type { Page } from "./page.ts";

/** Returns a page of all tasks of a plugin, by their definitions: what `--help` prints, in one place. */
export function taskPages(plugin: string, tasks: readonly Task[]): readonly Page[] {
  const text = tasks
    .filter(({ isEmpty }) => !isEmpty)
    .map(taskText)
    .join("\n\n");
  const intro = "Every task takes `--network`, and `--help` prints what stands here.";
  return [{ path: `tasks/${plugin}`, text: `# Tasks of @vouch/${plugin}\n\n${intro}\n\n${text}` }];
}

/** Returns the tasks of a plugin, subtasks after their task. */
export function tasksOf(plugin: string, tasks: Iterable<Task>): readonly Task[] {
  return [...tasks].flatMap((task) => [
    ...(task.pluginId === plugin ? [task] : []),
    ...tasksOf(plugin, task.subtasks.values()),
  ]);
}

function taskText({ id, description, options, positionalArguments }: Task): string {
  const named = [...options.values()].map((it) => [
    code(`--${it.name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`),
    it.type === ArgumentType.FLAG ? "flag" : shown(it.defaultValue),
    escaped(it.description),
  ]);
  const positional = positionalArguments.map((it) => [
    code(it.isVariadic ? `${it.name}…` : it.name),
    it.defaultValue === undefined ? "required" : shown(it.defaultValue),
    escaped(it.description),
  ]);
  const usage = positionalArguments.map(({ name, isVariadic, defaultValue }) => {
    const word = isVariadic ? `${name}…` : name;
    return defaultValue === undefined ? `<${word}>` : `[${word}]`;
  });
  return [
    `## ${id.join(" ")}`,
    escaped(description),
    `\`\`\`sh\n${["npx hardhat", ...id, ...usage].join(" ")}\n\`\`\``,
    table(["", "default", ""], [...positional, ...named]),
  ]
    .filter((it) => it !== "")
    .join("\n\n");
}

function shown(value: unknown): string {
  if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0))
    return "";
  return code(typeof value === "string" ? value : JSON.stringify(value, bigints));
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
