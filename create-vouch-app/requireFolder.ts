import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { CreateError } from "./errors.ts";

/** Devices of Windows, with any ending: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/i;
/** What some file system refuses in a name, or drops at its end. */
const UNPORTABLE = /[<>:"|?*\\\p{Cc}]|[. ]$/u;

/** Where an app goes: `missing` is the first folder of the path that is to be made, undefined where all of them are there. */
export type FolderToFill = { readonly target: string; readonly missing: string | undefined };

/**
 * Returns the folder that is meant, which is new or empty and lies below `parent`, also where the path has links.
 *
 * @throws {CreateError} `FOLDER_OUTSIDE`, `FOLDER_NAME_INVALID`, `FOLDER_IS_FILE`, `FOLDER_NOT_EMPTY`.
 */
export function requireFolder(parent: string, folder: string): FolderToFill {
  const target = resolve(parent, folder);
  if (!isBelow(resolve(parent), target)) throw new CreateError({ code: "FOLDER_OUTSIDE", folder });
  const names = relative(parent, target).split(sep);
  const invalid = names.find((name) => !isUsable(name));
  if (invalid !== undefined)
    throw new CreateError({ code: "FOLDER_NAME_INVALID", folder, name: invalid });

  const root = realpathSync(parent);
  let path = root;
  for (const name of names) {
    const next = join(path, name);
    if (lstatSync(next, { throwIfNoEntry: false }) === undefined) return { target, missing: next };
    path = realpathSync(next);
    if (!isBelow(root, path)) throw new CreateError({ code: "FOLDER_OUTSIDE", folder });
    if (!statSync(path).isDirectory())
      throw new CreateError({ code: "FOLDER_IS_FILE", folder: next });
  }
  const [found] = readdirSync(path);
  if (found !== undefined) throw new CreateError({ code: "FOLDER_NOT_EMPTY", folder, found });
  return { target, missing: undefined };
}

/** Node runs no TypeScript below node_modules. */
function isUsable(name: string): boolean {
  return name !== "node_modules" && !DEVICE.test(name) && !UNPORTABLE.test(name);
}

function isBelow(parent: string, path: string): boolean {
  // The root of a file system ends with its separator.
  return path !== parent && path.startsWith(parent.endsWith(sep) ? parent : parent + sep);
}
