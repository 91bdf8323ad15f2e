import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordCodec } from "./contentId.ts";
import { contentIdOf, requireContent } from "./contentId.ts";

/** Where records are kept by their content address; `put` is durable when it resolves. */
export type RecordStore = {
  /** Returns the content address. */
  readonly put: (bytes: Uint8Array, codec: RecordCodec) => Promise<string>;
  /**
   * @throws {GatewayError} `RECORD_CORRUPT` where what is kept is not what was put.
   */
  readonly get: (cid: string) => Promise<Uint8Array | undefined>;
};

/** Keeps records as files of a folder, named by their content address: what is not whole is not there. */
export function folderRecords(folder: string): RecordStore {
  return {
    async put(bytes, codec) {
      const cid = await contentIdOf(bytes, codec);
      await mkdir(folder, { recursive: true });
      const part = join(folder, `${cid}.${randomUUID()}.part`);
      try {
        await writeDurably(part, bytes);
        await rename(part, join(folder, cid));
      } finally {
        await rm(part, { force: true });
      }
      await flushFolder(folder);
      return cid;
    },
    async get(cid) {
      let bytes: Uint8Array;
      try {
        bytes = await readFile(join(folder, cid));
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
      await requireContent(cid, bytes);
      return bytes;
    },
  };
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is on the disk when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
