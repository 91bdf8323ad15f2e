import { randomBytes } from "node:crypto";
import type { Hex, StatementBatch } from "@vouch/protocol";
import { statementBatch } from "@vouch/protocol";

const SALT_BYTES = 32;

/**
 * Returns the tree over statements' digests, each beside a salt that is drawn for it.
 *
 * @throws {ProtocolError} as `statementBatch`.
 */
export function saltedBatch(digests: readonly Hex[]): StatementBatch {
  const salts = randomBytes(SALT_BYTES * digests.length);
  return statementBatch(
    digests.map((digest, index) => {
      const start = SALT_BYTES * index;
      return { digest, salt: `0x${salts.toString("hex", start, start + SALT_BYTES)}` };
    }),
  );
}
