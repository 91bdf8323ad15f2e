import { COMMITTED_PARTS } from "./contributionRecord.ts";
import { LINK_PARTS } from "./linkRecord.ts";
import { MAX_NAME_BYTES, RECORD_HEAD_BYTES } from "./namedParts.ts";

/** Fewest and most bytes by which a contribution with a secret makes a file longer. */
export function committedRecordBytes(kind: "key" | "link"): {
  readonly least: number;
  readonly most: number;
} {
  const parts = (kind === "key" ? COMMITTED_PARTS : LINK_PARTS).reduce((sum, it) => sum + it, 0);
  return {
    least: RECORD_HEAD_BYTES + 1 + parts,
    most: RECORD_HEAD_BYTES + MAX_NAME_BYTES + parts,
  };
}
