import type { CircuitId, Hex } from "@vouch/protocol";
import type { Sql } from "./sql.ts";

/** What a proof is for: it is given out for exactly this and for nothing else. */
export type ProofKey = {
  readonly circuit: CircuitId;
  /** What its challenge is bound to: the digest of a statement, or of one segment of it. */
  readonly digest: Hex;
  /** To the witness: the claim's `c` as a word. */
  readonly commitment: Hex;
};

/** What is kept of proofs. */
export type ProofLimits = {
  readonly maxAgeSeconds: number;
  /** The newest so many. */
  readonly maxCount: number;
};

/** Proofs that were made, in the form that the writer chose; none of them is a secret. */
export type Proofs = {
  /** Returns them in step with the keys. */
  readonly get: (keys: readonly ProofKey[]) => Promise<readonly (string | undefined)[]>;
  /** Inserts once: of two proofs for one key the first stays. */
  readonly put: (key: ProofKey, proof: string) => Promise<void>;
  readonly drop: (key: ProofKey) => Promise<void>;
  /** Deletes what is over the limits; returns how many. */
  readonly prune: (limits: ProofLimits) => Promise<number>;
};

/** Returns the proofs that a store keeps. */
export function proofs(sql: Sql): Proofs {
  return {
    async get(keys) {
      if (keys.length === 0) return [];
      const rows = await sql.query(
        `SELECT circuit, digest, commitment, proof FROM vouch.proofs
         WHERE (circuit, digest, commitment) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
        [
          keys.map(({ circuit }) => circuit),
          keys.map(({ digest }) => digest),
          keys.map(({ commitment }) => commitment),
        ],
      );
      const found = new Map(
        rows.map((row) => [
          [row["circuit"], row["digest"], row["commitment"]].join(),
          String(row["proof"]),
        ]),
      );
      return keys.map(({ circuit, digest, commitment }) =>
        found.get([circuit, digest, commitment].join()),
      );
    },
    async put({ circuit, digest, commitment }, proof) {
      await sql.query(
        `INSERT INTO vouch.proofs (circuit, digest, commitment, proof) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING`,
        [circuit, digest, commitment, proof],
      );
    },
    async drop({ circuit, digest, commitment }) {
      await sql.query(
        `DELETE FROM vouch.proofs WHERE (circuit, digest, commitment) = ($1, $2, $3)`,
        [circuit, digest, commitment],
      );
    },
    async prune({ maxAgeSeconds, maxCount }) {
      const rows = await sql.query(
        `DELETE FROM vouch.proofs WHERE made_at < now() - $1 * interval '1 second'
           OR (circuit, digest, commitment) IN (
             SELECT circuit, digest, commitment FROM vouch.proofs
             ORDER BY made_at DESC, digest, circuit, commitment OFFSET $2
           )
         RETURNING 1`,
        [maxAgeSeconds, maxCount],
      );
      return rows.length;
    },
  };
}
