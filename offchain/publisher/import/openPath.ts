import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { lstat, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PublisherError } from "../errors.ts";
import type { Expected, Saved } from "./openSink.ts";
import { openSink } from "./openSink.ts";
import type { Licence, Origin } from "./origin.ts";
import { nameOf } from "./origin.ts";
import { plainText } from "./plainText.ts";

const CHUNK_BYTES = 2 ** 20;
/** What exporters write a model's files to, in the folder of a model. */
const EXPORTED = "onnx";
const LICENCE_FILE = /^(licen[cs]e|copying)(\.(md|txt))?$/i;
const MAX_LICENCE_BYTES = 2 ** 18;

/**
 * Opens a file of this machine, or a folder in which there is one. A link that the caller names is followed; one that leads to what the
 * model names is not.
 *
 * @throws {PublisherError} `FILE_MISSING`, `FILE_CHOICE`, `SOURCE_UNFIT`.
 */
export async function openPath(given: string, signal: AbortSignal | undefined): Promise<Origin> {
  const path = resolve(given);
  const isFolder = (await stat(path).catch(missing(given))).isDirectory();
  const file = isFolder ? await findModel(path, given) : path;
  const folder = dirname(file);
  const licence = await findLicence(isFolder ? [folder, path] : [folder]);
  return {
    source: plainText(basename(isFolder ? path : file)),
    revision: undefined,
    name: nameOf(file),
    label: plainText(basename(file)),
    licence: licence?.licence,
    licenceFile: licence?.bytes,
    async save(location, target, expected, onBytes) {
      if (location !== undefined) await requireNoLinks(folder, location);
      const from = await openFile(
        location === undefined ? file : join(folder, location),
        location,
        location === undefined && !isFolder ? 0 : constants.O_NOFOLLOW,
      );
      try {
        return await copy(from, target, expected, { onBytes, signal });
      } finally {
        await from.close();
      }
    },
  };
}

function missing(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new PublisherError({ code: "FILE_MISSING", path: plainText(path) }, { cause });
  };
}

async function findModel(folder: string, given: string): Promise<string> {
  const here = await readdir(folder);
  const inside = here.includes(EXPORTED) ? await listIfFolder(join(folder, EXPORTED)) : [];
  const found = [...here, ...inside.map((it) => join(EXPORTED, it))].filter((it) =>
    /\.onnx$/i.test(it),
  );
  const [one] = found;
  if (one !== undefined && found.length === 1) return join(folder, one);
  throw new PublisherError({
    code: "FILE_CHOICE",
    ...{ source: plainText(given), found: found.sort().map((it) => plainText(it)) },
  });
}

async function listIfFolder(path: string): Promise<readonly string[]> {
  return (await lstat(path)).isDirectory() ? readdir(path) : [];
}

async function findLicence(
  folders: readonly string[],
): Promise<{ readonly licence: Licence; readonly bytes: Uint8Array } | undefined> {
  for (const folder of folders) {
    const name = (await readdir(folder)).find((it) => LICENCE_FILE.test(it));
    if (name === undefined) continue;
    const file = await openFile(join(folder, name), undefined, constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      if (size > MAX_LICENCE_BYTES)
        throw unfit(name, `a licence has ${MAX_LICENCE_BYTES} bytes at most`);
      const bytes = await file.readFile();
      const lines = bytes.toString("utf8").split(/\r?\n/);
      const [text] = lines.map((it) => it.replace(/^[#\s]+/, "").trim()).filter(Boolean);
      if (text !== undefined)
        return { licence: { text: plainText(text, 100), from: "file" }, bytes };
    } finally {
      await file.close();
    }
  }
  return undefined;
}

/** What is checked here is checked again by nobody, but nothing is written where it leads: a file is read, and hashed. */
async function requireNoLinks(folder: string, location: string): Promise<void> {
  const parts = location.split("/");
  for (const [at] of parts.entries()) {
    const path = join(folder, ...parts.slice(0, at + 1));
    const found = await lstat(path).catch((cause: unknown) => {
      throw new PublisherError({ code: "EXTERNAL_DATA_MISSING", location }, { cause });
    });
    if (found.isSymbolicLink()) throw unfit(location, "a symbolic link is in the way");
  }
}

async function openFile(
  path: string,
  location: string | undefined,
  flags: number,
): Promise<FileHandle> {
  const label = plainText(location ?? basename(path));
  // Not to wait for somebody who writes to a pipe.
  const how = constants.O_RDONLY | constants.O_NONBLOCK | flags;
  const file = await open(path, how).catch((cause: unknown) => {
    throw unfit(label, "it is a symbolic link, or cannot be read; give the file itself", cause);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw unfit(label, "it is no regular file");
}

function unfit(path: string, reason: string, cause?: unknown): PublisherError {
  return new PublisherError({ code: "SOURCE_UNFIT", path, reason }, { cause });
}

async function copy(
  from: FileHandle,
  target: string,
  expected: Expected,
  {
    onBytes,
    signal,
  }: {
    readonly onBytes: (bytes: number, total: number) => void;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Saved> {
  const sink = await openSink(target, expected);
  try {
    const { size } = await from.stat();
    if (size > expected.limit)
      throw new PublisherError({
        code: "IMPORT_TOO_LARGE",
        ...{ path: expected.label, limit: expected.limit },
      });
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      if (signal?.aborted === true) throw new PublisherError({ code: "IMPORT_ABORTED" });
      const { bytesRead } = await from.read(chunk, 0, CHUNK_BYTES);
      if (bytesRead === 0) return await sink.finish();
      await sink.write(chunk.subarray(0, bytesRead));
      onBytes(sink.bytes(), size);
    }
  } finally {
    await sink.close();
  }
}
