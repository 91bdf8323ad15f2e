import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { z } from "zod";
import { WorkerError } from "../errors.ts";
import { codeOfError } from "../steps/giveUp.ts";
import type { ConfigLeaf } from "./configLeaves.ts";
import { configLeaves } from "./configLeaves.ts";
import { shownFile } from "./looksSecret.ts";

/** Where settings come from; a flag beats a variable, a variable beats the file. */
export type ConfigSources = {
  /** Arguments behind the command. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** A configuration, and the arguments that are no settings. */
export type ReadConfig<Config> = {
  readonly config: Config;
  readonly rest: readonly string[];
};

type Given = Record<string, unknown>;

/**
 * Returns a configuration of nested objects: flags, then variables, then the file that `--config` or `VOUCH_CONFIG` names, then
 * defaults. A list is given with commas in a flag or a variable, a switch as true or false.
 *
 * @throws {WorkerError} `CONFIG_INVALID`, naming the setting by the source it came from.
 */
export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  { args, env }: ConfigSources,
): ReadConfig<z.output<Schema>> {
  const leaves = configLeaves(schema);
  const { values, positionals } = parseFlags(args, leaves);
  const path = values["config"] ?? env["VOUCH_CONFIG"];
  const given: Given = path === undefined || path === "" ? {} : readFile(path);
  const sources = new Map<string, string>();
  for (const leaf of leaves) {
    for (const [source, text] of [
      [leaf.variable, env[leaf.variable]],
      [leaf.flag, values[leaf.flag.slice(2)]],
    ] as const) {
      if (text === undefined) continue;
      place(given, leaf, text);
      sources.set(leaf.path.join("."), source);
    }
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return { config: parsed.data, rest: positionals };
  const issue = innermost(parsed.error.issues[0]);
  const at = (issue?.path ?? []).map(String).join(".");
  const setting = [...sources].find(([leaf]) => at === leaf || at.startsWith(`${leaf}.`))?.[1];
  throw new WorkerError(
    {
      code: "CONFIG_INVALID",
      setting:
        setting ??
        `${path === undefined ? "the configuration" : shownFile(path)}: ${at === "" ? "/" : at}`,
      reason: issue?.message ?? "invalid",
    },
    { cause: parsed.error },
  );
}

type Issue = z.core.$ZodIssue;

/** Of the forms that a setting may have, the first whose type is the value's says what is wrong with it. */
function innermost(issue: Issue | undefined): Issue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const forms = issue.errors.map(([first]) => first);
  const fitting = forms.find((it) => it?.code !== "invalid_type" || it.path.length > 0);
  const inner = innermost(fitting ?? forms[0]);
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

/** Flag, variable, default and meaning of a setting. */
export type SettingHelp = readonly [string, string, string, string];

/** Returns a line for each setting, in the schema's order. */
export function settingsHelp(schema: z.ZodType): readonly SettingHelp[] {
  return configLeaves(schema).map((leaf) => [
    leaf.flag,
    leaf.variable,
    shown(leaf.default),
    leaf.description,
  ]);
}

function shown(value: unknown): string {
  if (value === undefined || value === "") return "";
  return Array.isArray(value) ? value.join(",") : JSON.stringify(value).replaceAll('"', "");
}

function parseFlags(
  args: readonly string[],
  leaves: readonly ConfigLeaf[],
): { values: Readonly<Record<string, string | undefined>>; positionals: readonly string[] } {
  const names = ["config", ...leaves.map(({ flag }) => flag.slice(2))];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    // Node's text names the flag, and advises on positionals behind a full stop.
    const reason = cause.message.split(". ")[0] ?? "";
    throw new WorkerError({ code: "CONFIG_INVALID", setting: "a flag", reason }, { cause });
  }
}

/** The file may be another than was meant, with a key in it: what it holds, and its own name where that is one, is in no error. */
function readFile(path: string): Given {
  const refuse = (reason: string): never => {
    throw new WorkerError({ code: "CONFIG_INVALID", setting: shownFile(path), reason });
  };
  const json = parseJson(readText(path, refuse), refuse);
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Given;
  return refuse("it holds no object");
}

function readText(path: string, refuse: (reason: string) => never): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return refuse(`it cannot be read (${codeOfError(error) ?? "no code"})`);
  }
}

function parseJson(text: string, refuse: (reason: string) => never): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse("it is not JSON"); // the parser's own words repeat the text
  }
}

/** Text becomes what the schema takes at this leaf; what it cannot be is left for the schema to refuse. */
function place(into: Given, { path, isList, isNumber, isSwitch }: ConfigLeaf, text: string): void {
  const value = isList
    ? text.split(",").map((it) => it.trim())
    : isNumber && /^\d+$/.test(text)
      ? Number(text)
      : isSwitch && /^(true|false)$/.test(text)
        ? text === "true"
        : text;
  let section = into;
  for (const name of path.slice(0, -1)) {
    const inner = section[name];
    if (inner === undefined) section[name] = {};
    else if (typeof inner !== "object" || inner === null) return; // the schema refuses the section
    section = section[name] as Given;
  }
  section[path.at(-1) ?? ""] = value;
}
