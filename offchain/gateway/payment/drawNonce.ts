import { randomFillSync } from "node:crypto";
import type { Hex } from "@vouch/protocol";

const NONCE_BYTES = 32;
/** Drawn together: a call of the system's generator costs more than what it gives. */
const pool = Buffer.alloc(256 * NONCE_BYTES);
let used = pool.length;

/** Returns 32 random bytes, each given once. */
export function drawNonce(): Hex {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const nonce = pool.toString("hex", used, (used += NONCE_BYTES));
  return `0x${nonce}`;
}
