import type { Hex } from "@vouch/protocol";
import type { ProofLimits } from "./proofs.ts";
import type { Sql } from "./sql.ts";

/** Proofs of several statements with these statements, by their digest, in the form that the writer chose; none is a secret. */
export type ProvenBatches = {
  readonly get: (digest: Hex) => Promise<string | undefined>;
  /** Inserts once: of two for one digest the first stays. */
  readonly put: (digest: Hex, batch: string) => Promise<void>;
  /** Forgets one, where it still is `batch`. */
  readonly drop: (digest: Hex, batch: string) => Promise<void>;
  /** Deletes what is over the limits; returns how many. */
  readonly prune: (limits: ProofLimits) => Promise<number>;
};

/** Returns the batches that a store keeps. */
export function provenBatches(sql: Sql): ProvenBatches {
  return {
    async get(digest) {
      const [row] = await sql.query(`SELECT batch FROM vouch.proven_batches WHERE digest = $1`, [
        digest,
      ]);
      return row === undefined ? undefined : String(row["batch"]);
    },
    async put(digest, batch) {
      await sql.query(
        `INSERT INTO vouch.proven_batches (digest, batch) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
        [digest, batch],
      );
    },
    async drop(digest, batch) {
      await sql.query(`DELETE FROM vouch.proven_batches WHERE (digest, batch) = ($1, $2)`, [
        digest,
        batch,
      ]);
    },
    async prune({ maxAgeSeconds, maxCount }) {
      const rows = await sql.query(
        `DELETE FROM vouch.proven_batches WHERE made_at < now() - $1 * interval '1 second'
           OR digest IN (
             SELECT digest FROM vouch.proven_batches ORDER BY made_at DESC, digest OFFSET $2
           )
         RETURNING 1`,
        [maxAgeSeconds, maxCount],
      );
      return rows.length;
    },
  };
}
