import { randomBytes } from "node:crypto";
import type { Hex, StatementBatch } from "@vouch/protocol";
import { bytesToHex, statementBatch } from "@vouch/protocol";

const SALT_BYTES = 32;

/**
 * Returns the tree over statements' digests, each beside a salt that is drawn for it.
 *
 * @throws {ProtocolError} as `statementBatch`.
 */
export function saltedBatch(digests: readonly Hex[]): StatementBatch {
  const salts = randomBytes(SALT_BYTES * digests.length);
  const saltAt = (index: number): Hex =>
    bytesToHex(salts.subarray(SALT_BYTES * index, SALT_BYTES * (index + 1)));
  return statementBatch(digests.map((digest, index) => ({ digest, salt: saltAt(index) })));
}
