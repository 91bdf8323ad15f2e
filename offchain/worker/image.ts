import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { rtmr3Of } from "@vouch/attestation/guest";
import { WorkerError } from "./errors.ts";

/** A file of the image; hashes in hexadecimal digits. */
export type ImageFile = { readonly path: string; readonly sha256: string; readonly sha384: string };

/** What a worker is made of. */
export type WorkerImage = {
  /** Such as `v22.23.2`. */
  readonly node: string;
  /** In the order of their paths, which are relative to the project and have slashes. */
  readonly files: readonly ImageFile[];
  /** SHA-384 of the listing: 48 bytes. */
  readonly digest: Uint8Array;
  /** What RTMR3 of a TD holds that extended it by the digest alone. */
  readonly rtmr3: Uint8Array;
};

/** First line of a listing: another way to write one begins with another. */
const FORMAT = "vouch.worker.image.v1";
/** All that a worker runs, or makes what it runs from: what is installed follows from the lockfile. */
const FOLDERS = [
  ...["circuits", "contracts", "create-vouch-app", "offchain", "scripts", "testing", "tools"],
];
const FILES = [".npmrc", "hardhat.config.ts", "package-lock.json", "package.json", "tsconfig.json"];
/** `npm ci` empties and fills those of the workspaces, and nobody any other: what lies there would run unmeasured. */
const INSTALLED = "node_modules";
const WORKSPACE = /^(?:circuits|contracts|create-vouch-app|testing|offchain\/[^/]+)$/;
/** Made from the contracts. */
const GENERATED = ["offchain/protocol/abi", "offchain/protocol/typechain"];
/** npm installs by it, where it is there, and by no lockfile. */
const SHRINKWRAP = "npm-shrinkwrap.json";
/** Names that `sha384sum` writes as they are. */
const PLAIN_PATH = /^[\w@.+/-]+$/;

/**
 * Measures the worker below `root`: the SHA-384 of a listing with the version of Node and, of each file, the line that
 * `sha384sum` writes. Dates, modes and the folder's place have no part in it; every byte and every name has
 * (docs/operate.md has the recipe in shell, and what is not covered).
 *
 * @throws {WorkerError} `IMAGE_UNREADABLE`, naming what is missing, no file, not plainly named, or installed where `npm ci`
 * installs nothing.
 */
export async function measureImage(root: string, node = process.version): Promise<WorkerImage> {
  await refuseShrinkwrap(root);
  const below = await Promise.all(FOLDERS.map((folder) => filesBelow(root, folder)));
  const paths = [...FILES, ...below.flat()].sort(byteOrder);
  const files: ImageFile[] = [];
  for (const path of paths) files.push(await measureFile(root, path));
  const listing = [
    FORMAT,
    `node ${node}`,
    ...files.map(({ path, sha384 }) => `${sha384}  ${path}`),
  ];
  const digest = createHash("sha384")
    .update(`${listing.join("\n")}\n`)
    .digest();
  return { node, files, digest: new Uint8Array(digest), rtmr3: rtmr3Of(digest) };
}

/** Returns the files of the image as a Gramine manifest trusts them. */
export function gramineTrustedFiles({ files }: WorkerImage): string {
  const entries = files.map(
    ({ path, sha256 }) => `  { uri = "file:${path}", sha256 = "${sha256}" },`,
  );
  return ["sgx.trusted_files = [", ...entries, "]"].join("\n");
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await orUnreadable(folder, () =>
    readdir(join(root, folder), { withFileTypes: true }),
  );
  const found: string[] = [];
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    const isWorkspaces = entry.name === INSTALLED && WORKSPACE.test(folder);
    if (entry.isDirectory() && (isWorkspaces || GENERATED.includes(path))) continue;
    if (entry.name === INSTALLED)
      throw unreadable(path, "is none that `npm ci` makes: whatever it holds would run unmeasured");
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path)));
    else if (entry.isFile()) found.push(path);
    else throw unreadable(path, "is neither a file nor a folder: what it leads to is not measured");
  }
  return found;
}

async function refuseShrinkwrap(root: string): Promise<void> {
  const names = await orUnreadable(".", () => readdir(root));
  if (names.includes(SHRINKWRAP))
    throw unreadable(SHRINKWRAP, "takes the place of package-lock.json, which is measured");
}

async function measureFile(root: string, path: string): Promise<ImageFile> {
  if (!PLAIN_PATH.test(path)) throw unreadable(path, "has a name that listings would quote");
  const content = await orUnreadable(path, () => readFile(join(root, path)));
  const hash = (algorithm: string): string => createHash(algorithm).update(content).digest("hex");
  return { path, sha256: hash("sha256"), sha384: hash("sha384") };
}

async function orUnreadable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(path, "cannot be read: give the folder of a whole checkout", cause);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): WorkerError {
  return new WorkerError({ code: "IMAGE_UNREADABLE", path, reason }, { cause });
}

/** As `LC_ALL=C sort` has it; plain names are ASCII. */
function byteOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
