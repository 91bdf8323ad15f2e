import { randomFillSync } from "node:crypto";
import type { RequestId } from "@vouch/protocol";

const ID_BYTES = 32;
/** Drawn together: a call of the system's generator costs more than what it gives. */
const pool = Buffer.alloc(256 * ID_BYTES);
let used = pool.length;

/**
 * Returns an id for a request that nobody pays for: 32 random bytes, each given once. No payment could be bound to it, and a hash
 * that holds a secret number binds nothing that anybody could check.
 */
export function drawRequestId(): RequestId {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString("hex", used, (used += ID_BYTES));
  return `0x${id}` as RequestId;
}
