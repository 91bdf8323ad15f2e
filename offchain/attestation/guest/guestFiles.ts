import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { access, mkdir, open, rmdir } from "node:fs/promises";

/** The file operations that an enclave's interface takes; its files are answers of a kernel, not data on a disk. */
export type GuestFiles = {
  readonly exists: (path: string) => Promise<boolean>;
  /** Reads to the end, whatever the file says that its size is. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Writes everything in one call: kernels take a value whole. */
  readonly write: (path: string, value: Uint8Array) => Promise<void>;
  readonly makeFolder: (path: string) => Promise<void>;
  readonly removeFolder: (path: string) => Promise<void>;
};

/** Above the largest quote that a kernel gives (32 KiB). */
const MAX_BYTES = 1 << 16;
const CHUNK_BYTES = 4096;

/** The file system of this process. */
export const nodeFiles: GuestFiles = {
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  read: readToEnd,
  async write(path, value) {
    // Neither created nor truncated: some of these files can only be written to.
    const file = await open(path, constants.O_WRONLY);
    try {
      const { bytesWritten } = await file.write(value);
      if (bytesWritten !== value.length) {
        throw new RangeError(`${path} took ${bytesWritten} of ${value.length} bytes`);
      }
    } finally {
      await file.close();
    }
  },
  makeFolder: async (path) => {
    await mkdir(path);
  },
  removeFolder: rmdir,
};

/** A read may give less than is there, and such files say that they are empty or a page long. */
async function readToEnd(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return new Uint8Array(Buffer.concat(chunks));
      length += bytesRead;
      if (length > MAX_BYTES) throw new RangeError(`${path} gives more than ${MAX_BYTES} bytes`);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
