import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Hex } from "@vouch/protocol";
import { bytesToHex, hexToBytes } from "@vouch/protocol";
import { writeOnce } from "./duties/keptBytes.ts";
import { WorkerError } from "./errors.ts";

/**
 * Reads the 32 bytes at `path`, or draws them: on disk before they are used for the first time.
 *
 * @throws {WorkerError} `SECRET_INVALID`, `STORE_UNWRITABLE`.
 */
export function openSecret(path: string): Uint8Array {
  if (!existsSync(path)) writeOnce(path, bytesToHex(randomBytes(32)));
  const text = readFileSync(path, "utf8").trim();
  if (!/^0x[0-9a-f]{64}$/.test(text)) throw new WorkerError({ code: "SECRET_INVALID", path });
  return hexToBytes(text as Hex);
}
