import type { Hex, RequestId } from "@vouch/protocol";
import { QueueError } from "./errors.ts";
import type { Sql } from "./sql.ts";

/** What is about to be signed for a request. */
export type SignEntry = { readonly request: RequestId; readonly digest: Hex };

/**
 * Memory of what an operator signed, for all its processes: one digest a request, on disk before the signature exists, so that
 * neither a crash nor a second process makes an honest operator contradict itself.
 */
export type SignLog = {
  /**
   * Records that `digest` is about to be signed for `request`; a repeat of the same digest is allowed.
   *
   * @throws {QueueError} `EQUIVOCATION_REFUSED` where another digest is on record; `DATABASE_FAILED`: then nothing may be signed.
   */
  readonly record: (request: RequestId, digest: Hex) => Promise<void>;
  /**
   * Records many as `record` does, with one flush; each but the refused may be signed when it returns.
   *
   * @returns of each its `EQUIVOCATION_REFUSED`, undefined where it is on record; of two that contradict each other the first is.
   * @throws {QueueError} `DATABASE_FAILED`: then none of them may be signed.
   */
  readonly recordAll: (
    entries: readonly SignEntry[],
  ) => Promise<readonly (QueueError | undefined)[]>;
};

/** Returns the log of `operator`, in whatever case its address is written. Give it the store's `sql`, not a transaction: what is rolled back is not on record. */
export function signLog(sql: Sql, operator: Hex): SignLog {
  const own = operator.toLowerCase();
  async function recordAll(
    entries: readonly SignEntry[],
  ): Promise<readonly (QueueError | undefined)[]> {
    if (entries.length === 0) return [];
    const first = new Map<RequestId, Hex>();
    for (const { request, digest } of entries) if (!first.has(request)) first.set(request, digest);
    // In one order everywhere, or two processes wait for each other's rows. The update changes nothing: it makes the database
    // return, and lock, what is there.
    const rows = await sql.query(
      `INSERT INTO vouch.signed AS signed (operator, request, digest)
       SELECT $1, request, digest FROM unnest($2::text[], $3::text[]) AS new (request, digest)
       ORDER BY request
       ON CONFLICT (operator, request) DO UPDATE SET digest = signed.digest
       RETURNING request, digest`,
      [own, [...first.keys()], [...first.values()]],
    );
    const recorded = new Map(rows.map((row) => [String(row["request"]), String(row["digest"])]));
    return entries.map(({ request, digest }) => {
      const signed = recorded.get(request) as Hex;
      if (signed === digest) return undefined;
      return new QueueError({ code: "EQUIVOCATION_REFUSED", request, signed, refused: digest });
    });
  }

  return {
    async record(request, digest) {
      const [refused] = await recordAll([{ request, digest }]);
      if (refused !== undefined) throw refused;
    },
    recordAll,
  };
}
