import { cpSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { CreateCommand } from "./command.ts";
import { TEMPLATES } from "./command.ts";
import { CreateError } from "./errors.ts";
import { requireFolder } from "./requireFolder.ts";

/** npm packs no file of this name, so that the template has it without the dot. */
const RENAMED = { gitignore: ".gitignore" } as const;

/**
 * Writes the template's files into an empty or new folder below `parent`, and returns the folder. Where that fails, nothing of it
 * is left.
 *
 * @throws {CreateError} `FOLDER_OUTSIDE`, `FOLDER_NAME_INVALID`, `FOLDER_NOT_EMPTY`, `FOLDER_IS_FILE`, `WRITE_FAILED`.
 */
export function createApp(
  parent: string,
  { folder, name, template }: Pick<CreateCommand, "folder" | "name" | "template">,
): string {
  try {
    const { target, missing } = requireFolder(parent, folder);
    try {
      mkdirSync(target, { recursive: true });
      writeTemplate(join(import.meta.dirname, TEMPLATES[template]), target, name);
    } catch (error) {
      const written = missing === undefined ? contentsOf(target) : [missing];
      for (const path of written) rmSync(path, { recursive: true, force: true });
      throw error;
    }
    return target;
  } catch (error) {
    if (error instanceof CreateError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CreateError({ code: "WRITE_FAILED", folder, reason }, { cause: error });
  }
}

function contentsOf(folder: string): readonly string[] {
  return readdirSync(folder).map((it) => join(folder, it));
}

function writeTemplate(source: string, target: string, name: string): void {
  cpSync(source, target, { recursive: true, filter: (path) => isPart(relative(source, path)) });
  for (const [from, to] of Object.entries(RENAMED))
    renameSync(join(target, from), join(target, to));
  nameAfter(name, join(target, "package.json"));
}

/** Whether a path is of the template, and not what was installed or built in it. */
function isPart(path: string): boolean {
  return !/^(?:node_modules|artifacts|cache|\.vouch)(?:[\\/]|$)/.test(path);
}

function nameAfter(name: string, path: string): void {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  writeFileSync(path, `${JSON.stringify({ ...manifest, name }, null, 2)}\n`);
}
