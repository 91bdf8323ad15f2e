import { createHmac, randomBytes } from "node:crypto";
import type { Hex } from "@vouch/protocol";
import { bytesToHex, hexToBytes } from "@vouch/protocol";
import { openSecret } from "../openSecret.ts";

/** Where the salts of a statement's joins come from: 32 bytes, the `proverSecret` of docs/statement.md, section 8. */
export type JoinSecret = { readonly of: (digest: Hex) => Hex };

const LABEL = "vouch.joins.secret.v1";

/**
 * Returns the secrets that follow from one: `HMAC-SHA256(secret, label ‖ digest)`. Every process that has it commits to the same joins
 * of a statement, so that each can prove a segment without being told a salt, and a proof that is there fits those that are made later.
 */
export function joinSecret(secret: Uint8Array): JoinSecret {
  return {
    of: (digest) =>
      bytesToHex(createHmac("sha256", secret).update(LABEL).update(hexToBytes(digest)).digest()),
  };
}

/**
 * Reads the secret at `path`, or makes one there; a fleet shares the file.
 *
 * @throws {WorkerError} `SECRET_INVALID`, `STORE_UNWRITABLE`.
 */
export function openJoinSecret(path: string): JoinSecret {
  return joinSecret(openSecret(path));
}

/** Returns secrets that nobody keeps, another for each time that one is asked for. */
export function unkeptJoinSecret(): JoinSecret {
  return { of: () => bytesToHex(randomBytes(32)) };
}
