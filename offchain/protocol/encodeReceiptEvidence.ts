import { encodeBatchEvidence } from "./batches.ts";
import type { EncodedEvidence } from "./evidence.ts";
import { encodeEvidence, evidenceKindIndex } from "./evidence.ts";
import type { Receipt } from "./receipt.ts";
import { digestsOf } from "./verifyBatch.ts";

/**
 * Returns a receipt's evidence as contracts take it. A proof of several statements is the receipt's place among their digests,
 * which a contract takes once it recorded the batch.
 *
 * @throws {ProtocolError} `BATCH_SIZE`, `BATCH_PLACE`.
 */
export function encodeReceiptEvidence({
  domain,
  statement: { release },
  evidence,
}: Pick<Receipt, "domain" | "statement" | "evidence">): EncodedEvidence[] {
  return evidence.map((piece) => {
    if (piece.kind !== "zk" || !("batch" in piece)) return encodeEvidence(piece);
    const { place, statements } = piece.batch;
    const digests = digestsOf({ domain, release }, statements);
    return { kind: evidenceKindIndex("zk"), data: encodeBatchEvidence({ place, digests }) };
  });
}
