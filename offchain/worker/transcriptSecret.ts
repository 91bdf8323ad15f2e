import { createHmac } from "node:crypto";
import type { Hex, RequestId } from "@vouch/protocol";
import { bytesToHex, hexToBytes } from "@vouch/protocol";
import { openSecret } from "./openSecret.ts";

/** 32 bytes that salt what an operator answers in text. */
export type TranscriptSecret = { readonly saltOf: (request: RequestId) => Hex };

const LABEL = "vouch.transcript.salt.v1";

/**
 * Returns the salts that follow from a secret: `HMAC-SHA256(secret, label ‖ request)`, of which the request's id binds chain and
 * router. A salt that was drawn would be lost with the process that drew it: the same answer would then be another statement,
 * which the sign log refuses, and what was paid for could not be given. From a secret it is the same in every process, another in
 * every request, and nobody else can try out prompts behind the words.
 */
export function transcriptSecret(secret: Uint8Array): TranscriptSecret {
  return {
    saltOf: (request) =>
      bytesToHex(createHmac("sha256", secret).update(LABEL).update(hexToBytes(request)).digest()),
  };
}

/**
 * Reads the secret at `path`, or makes one there.
 *
 * @throws {WorkerError} `SECRET_INVALID`, `STORE_UNWRITABLE`.
 */
export function openTranscriptSecret(path: string): TranscriptSecret {
  return transcriptSecret(openSecret(path));
}
