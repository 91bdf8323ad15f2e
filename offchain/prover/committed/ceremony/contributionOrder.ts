import type { BeaconValue } from "../../ceremony/contributionRecords.ts";
import { ProverError } from "../../errors.ts";

type Ordered = { readonly beacon?: BeaconValue };

/**
 * Demands that a contribution may follow: none behind a beacon, and no beacon alone, whose secrets everybody knows.
 *
 * @throws {ProverError} `CEREMONY_OVER`, `CONTRIBUTION_MISSING`.
 */
export function requireOpen(file: string, records: readonly Ordered[], next: Ordered): void {
  if (records.some(({ beacon }) => beacon !== undefined))
    throw new ProverError({ code: "CEREMONY_OVER", file });
  if (next.beacon !== undefined && records.length === 0)
    throw new ProverError({ code: "CONTRIBUTION_MISSING" });
}

/**
 * Demands that a beacon is the last of several, or there is none.
 *
 * @throws {ProverError} `CONTRIBUTION_INVALID`, `CONTRIBUTION_MISSING`.
 */
export function requireOrder(records: readonly Ordered[]): void {
  const at = records.findIndex(({ beacon }) => beacon !== undefined);
  if (at === 0) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  if (at > 0 && at < records.length - 1) {
    const reason = "it is a beacon, and not the last";
    throw new ProverError({ code: "CONTRIBUTION_INVALID", number: at + 1, reason });
  }
}

/**
 * Demands that records are those that were there before and one more, by that name and with a secret.
 *
 * @param encode bytes of a record
 * @throws {ProverError} `CONTRIBUTION_INVALID`.
 */
export function requireOneMore<T extends Ordered & { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  name: string,
  encode: (record: T) => Uint8Array,
): void {
  const number = before.length + 1;
  const refuse = (reason: string): ProverError =>
    new ProverError({ code: "CONTRIBUTION_INVALID", number, reason });
  if (after.length !== number) throw refuse(`the file has ${after.length} contributions, not ${number}`); // prettier-ignore
  const isKept = before.every((it, i) => {
    const other = after[i];
    return other !== undefined && Buffer.compare(encode(it), encode(other)) === 0;
  });
  if (!isKept) throw refuse("a contribution before it is another");
  const own = after[number - 1];
  if (own?.beacon !== undefined) throw refuse("it is a beacon");
  if (own?.name !== name) throw refuse("it is under another name");
}
