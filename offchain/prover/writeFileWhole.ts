import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rename, rm } from "node:fs/promises";

/** Writes a file that appears complete and lasting, or not at all, and returns its sha256, hex. */
export async function writeFileWhole(
  path: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<string> {
  const draft = `${path}.${process.pid}.part`;
  const hash = createHash("sha256");
  const file = await open(draft, "w");
  try {
    for await (const part of parts) {
      hash.update(part);
      await writeAll(file, part);
    }
    await file.sync();
    await file.close();
    await rename(draft, path);
    return hash.digest("hex");
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
  }
}
