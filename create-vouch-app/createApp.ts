import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { CreateCommand } from "./command.ts";
import { TEMPLATES } from "./command.ts";
import { CreateError } from "./errors.ts";

/** npm packs no file of this name, so that the template has it without the dot. */
const RENAMED = { gitignore: ".gitignore" } as const;

/**
 * Writes the template's files into an empty or new folder below `parent`, and returns the folder.
 *
 * @throws {CreateError} `FOLDER_OUTSIDE`, `FOLDER_NOT_EMPTY`, `FOLDER_IS_FILE`.
 */
export function createApp(
  parent: string,
  { folder, name, template }: Pick<CreateCommand, "folder" | "name" | "template">,
): string {
  const target = resolve(parent, folder);
  requireBelow(parent, target, folder);
  requireEmpty(target);

  mkdirSync(target, { recursive: true });
  const source = join(import.meta.dirname, TEMPLATES[template]);
  cpSync(source, target, { recursive: true, filter: (path) => isPart(relative(source, path)) });
  for (const [from, to] of Object.entries(RENAMED))
    renameSync(join(target, from), join(target, to));
  nameAfter(name, join(target, "package.json"));
  return target;
}

function requireBelow(parent: string, target: string, folder: string): void {
  const folders = resolve(parent);
  // The root of a file system ends with its separator.
  if (target !== folders && target.startsWith(folders.endsWith(sep) ? folders : folders + sep))
    return;
  throw new CreateError({ code: "FOLDER_OUTSIDE", folder });
}

function requireEmpty(folder: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) throw new CreateError({ code: "FOLDER_IS_FILE", folder });
  const [found] = readdirSync(folder);
  if (found !== undefined) throw new CreateError({ code: "FOLDER_NOT_EMPTY", folder, found });
}

/** Whether a path is of the template, and not what was installed or built in it. */
function isPart(path: string): boolean {
  return !/^(?:node_modules|artifacts|cache|\.vouch)(?:[\\/]|$)/.test(path);
}

function nameAfter(name: string, path: string): void {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  writeFileSync(path, `${JSON.stringify({ ...manifest, name }, null, 2)}\n`);
}
