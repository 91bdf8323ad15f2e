import { createHash } from "node:crypto";

/** Hash of a file's bytes, in hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
