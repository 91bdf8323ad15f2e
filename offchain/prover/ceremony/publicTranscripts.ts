import type { Hex } from "@vouch/protocol";
import { PTAU_PINS } from "../ptauPins.ts";
import { ceremonyDocumentHash } from "./ceremonyDocument.ts";
import type { CeremonyDocument } from "./ceremonyDocument.ts";
import type { CommittedCeremonyDocument } from "../committed/ceremony/committedDocument.ts";
import { committedDocumentHash } from "../committed/ceremony/committedDocument.ts";

/**
 * Hashes that a verified set-up may be registered by. The pinned files of all sizes are cut from one phase 1 and give a
 * circuit the same initial key: whoever registered it may have used another of them than who verifies, as where circuits of
 * several sizes have one ceremony. None but the document's own where its powers of tau are no public ones.
 */
export function publicTranscripts(
  document: CeremonyDocument | CommittedCeremonyDocument,
): readonly Hex[] {
  const { origin, blake2b } = document.powers;
  const others = origin === "public" ? PTAU_PINS.map(({ hash }) => hash) : [];
  return [...new Set([blake2b, ...others])].map((it) => {
    const powers = { origin, blake2b: it };
    return document.system === "groth16"
      ? ceremonyDocumentHash({ ...document, powers })
      : committedDocumentHash({ ...document, powers });
  });
}
