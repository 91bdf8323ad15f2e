import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { bytesToHex } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { ExecutionError } from "../errors.ts";

/** A repository of a model hub that speaks `<url>/<model>/resolve/<revision>/<path>`, as huggingface.co does. */
export type Hub = {
  readonly url: string;
  readonly model: string;
  /** A commit, where the files are to be found for longer than a branch stays where it is. */
  readonly revision: string;
  readonly token?: string;
};

type Expected = { readonly path: string; readonly sha256: Hex; readonly bytes?: number };

/**
 * Downloads the files of a release that `folder` does not have yet, and returns the release with that folder. Nothing is
 * written that is not the release's: hub and network need no trust. Nothing else in this package reaches a network for a
 * model.
 *
 * @throws {ExecutionError} `FILES_ABSENT`, `DOWNLOAD_FAILED`.
 */
export async function downloadTextFiles(
  release: TextRelease,
  folder: string,
  hub: Hub,
  signal?: AbortSignal,
): Promise<TextRelease> {
  const { source } = release.manifest;
  if (source.kind !== "files")
    throw new ExecutionError({ code: "FILES_ABSENT", release: release.id });
  const files: readonly Expected[] = [...source.model, ...source.tokenizer];
  const { chatTemplate } = source;
  const separate = chatTemplate !== null && !files.some(({ path }) => path === chatTemplate.path);
  for (const file of separate ? [...files, chatTemplate] : files)
    if (!existsSync(join(folder, file.path))) await download(file, folder, hub, signal);
  return { ...release, folder };
}

/** Longest chat template: the one file whose length no manifest says. */
const MAX_TEMPLATE = 1 << 20;

async function download(
  { path, sha256, bytes = MAX_TEMPLATE }: Expected,
  folder: string,
  { url: host, model, revision, token }: Hub,
  signal: AbortSignal | undefined,
): Promise<void> {
  const url = [host.replace(/\/+$/, ""), model, "resolve", encodeURIComponent(revision), path].join(
    "/",
  );
  const target = join(folder, path);
  const part = `${target}.${process.pid}.part`;
  const failed = (reason: string, cause?: unknown): ExecutionError =>
    new ExecutionError({ code: "DOWNLOAD_FAILED", url, reason }, { cause });
  await mkdir(dirname(target), { recursive: true });
  try {
    const response = await fetch(url, {
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok || response.body === null) throw failed(`the hub answers ${response.status}`);
    const found = await save(response.body, part, bytes);
    if (found === undefined) throw failed(`it has more than the release's ${bytes} bytes`);
    if (found !== sha256) throw failed(`it hashes to ${found}, the release says ${sha256}`);
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof ExecutionError) throw error;
    throw failed("the connection broke", error);
  }
}

/** Writes a body to a file, and returns its hash; undefined where it is longer than it may be. */
async function save(
  body: ReadableStream<Uint8Array>,
  path: string,
  limit: number,
): Promise<Hex | undefined> {
  const hash = createHash("sha256");
  const file = await open(path, "w");
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.byteLength;
      if (length > limit) return undefined;
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return bytesToHex(hash.digest());
}
