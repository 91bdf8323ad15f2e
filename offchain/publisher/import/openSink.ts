import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Hex } from "@vouch/protocol";
import { bytesToHex } from "@vouch/protocol";
import { PublisherError } from "../errors.ts";
import { HEAD_BYTES } from "./sniffFormat.ts";

/** What a file turned out to be. */
export type Saved = { readonly bytes: number; readonly sha256: Hex };

/** What a file may be. */
export type Expected = {
  /** How errors name it. */
  readonly label: string;
  readonly limit: number;
  /** Throws where its first bytes (`HEAD_BYTES`, or all of a shorter file) show that it is not what it should be. */
  readonly inspect: (head: Uint8Array) => void;
};

/** A file that is hashed, counted and looked at while it is written. */
export type Sink = {
  readonly bytes: () => number;
  readonly write: (chunk: Uint8Array) => Promise<void>;
  /** Forgets what was written. */
  readonly restart: () => Promise<void>;
  /** Once all is written: on disk, too. */
  readonly finish: () => Promise<Saved>;
  readonly close: () => Promise<void>;
};

/** Opens a file that is not there yet; its methods throw {PublisherError} `IMPORT_TOO_LARGE`, and what `inspect` throws. */
export async function openSink(path: string, { label, limit, inspect }: Expected): Promise<Sink> {
  const file = await open(path, "wx");
  const head = Buffer.alloc(HEAD_BYTES);
  let hash = createHash("sha256");
  let bytes = 0;
  return {
    bytes: () => bytes,
    close: () => file.close(),
    async write(chunk) {
      if (bytes + chunk.byteLength > limit)
        throw new PublisherError({ code: "IMPORT_TOO_LARGE", path: label, limit });
      if (bytes < HEAD_BYTES) {
        head.set(chunk.subarray(0, HEAD_BYTES - bytes), bytes);
        if (bytes + chunk.byteLength >= HEAD_BYTES) inspect(head);
      }
      for (let done = 0; done < chunk.byteLength;)
        done += (await file.write(chunk, done, chunk.byteLength - done, bytes + done)).bytesWritten;
      hash.update(chunk);
      bytes += chunk.byteLength;
    },
    async restart() {
      await file.truncate(0);
      hash = createHash("sha256");
      bytes = 0;
    },
    async finish() {
      if (bytes < HEAD_BYTES) inspect(head.subarray(0, bytes));
      await file.sync();
      return { bytes, sha256: bytesToHex(hash.digest()) };
    },
  };
}
