import { randomBytes } from "node:crypto";
import type { Hex, StatementTree } from "@vouch/protocol";
import { statementTree } from "@vouch/protocol";

const SALT_BYTES = 32;

/**
 * Returns the tree over statements' digests, each beside a salt that is drawn for it.
 *
 * @throws {ProtocolError} as `statementTree`.
 */
export function saltedTree(digests: readonly Hex[]): StatementTree {
  const salts = randomBytes(SALT_BYTES * digests.length);
  return statementTree(
    digests.map((digest, index) => {
      const start = SALT_BYTES * index;
      return { digest, salt: `0x${salts.toString("hex", start, start + SALT_BYTES)}` };
    }),
  );
}
