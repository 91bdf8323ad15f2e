import type { Hex, RequestId } from "@vouch/protocol";
import { z } from "zod";
import { QueueError } from "./errors.ts";
import type { Sql } from "./sql.ts";

/** What an operator answered to a request, and what supports it so far. */
export type Answer = {
  readonly words: readonly bigint[];
  /** Evidence by its kind, in the form that the writer chose. */
  readonly evidence: ReadonlyMap<string, string>;
  /** JSON of the receipt, once it is complete. */
  readonly receipt: string | undefined;
};

/** Answers that are given once: whoever comes second gets what the first one wrote. */
export type Answers = {
  readonly get: (request: RequestId) => Promise<Answer | undefined>;
  /** Inserts once; returns the words that are on record. */
  readonly put: (
    request: RequestId,
    words: readonly bigint[],
    tx?: Sql,
  ) => Promise<readonly bigint[]>;
  /**
   * Inserts once; returns the evidence of that kind that is on record.
   *
   * @throws {QueueError} `ANSWER_UNKNOWN`.
   */
  readonly putEvidence: (
    request: RequestId,
    kind: string,
    data: string,
    tx?: Sql,
  ) => Promise<string>;
  /** Deletes evidence of that kind, where it still is `data`: what was found wrong is made again. */
  readonly dropEvidence: (
    request: RequestId,
    kind: string,
    data: string,
    tx?: Sql,
  ) => Promise<void>;
  /**
   * Inserts once; returns the receipt that is on record.
   *
   * @throws {QueueError} `ANSWER_UNKNOWN`.
   */
  readonly putReceipt: (request: RequestId, receipt: string, tx?: Sql) => Promise<string>;
};

const answerSchema = z.object({
  words: z.array(z.string().transform(BigInt)),
  receipt: z.string().nullable(),
  kinds: z.array(z.string()),
  data: z.array(z.string()),
});

/** Returns the answers of `operator`. */
export function answers(sql: Sql, operator: Hex): Answers {
  return {
    async get(request) {
      const [row] = await sql.query(
        `SELECT words, receipt,
           ARRAY(SELECT kind FROM vouch.evidence e WHERE (e.operator, e.request) = (a.operator, a.request) ORDER BY kind) AS kinds,
           ARRAY(SELECT data FROM vouch.evidence e WHERE (e.operator, e.request) = (a.operator, a.request) ORDER BY kind) AS data
         FROM vouch.answers a WHERE operator = $1 AND request = $2`,
        [operator, request],
      );
      if (row === undefined) return undefined;
      const { words, receipt, kinds, data } = answerSchema.parse(row);
      const evidence = new Map(kinds.map((kind, index) => [kind, data[index] ?? ""]));
      return { words, evidence, receipt: receipt ?? undefined };
    },
    async put(request, words, tx = sql) {
      const [row] = await tx.query(
        `INSERT INTO vouch.answers AS a (operator, request, words) VALUES ($1, $2, $3::text[])
         ON CONFLICT (operator, request) DO UPDATE SET words = a.words RETURNING words`,
        [operator, request, words.map(String)],
      );
      return answerSchema.shape.words.parse(row?.["words"]);
    },
    async putEvidence(request, kind, data, tx = sql) {
      const [row] = await tx.query(
        `INSERT INTO vouch.evidence AS e (operator, request, kind, data)
         SELECT operator, request, $3, $4 FROM vouch.answers WHERE operator = $1 AND request = $2
         ON CONFLICT (operator, request, kind) DO UPDATE SET data = e.data RETURNING data`,
        [operator, request, kind, data],
      );
      return textOf(request, row?.["data"]);
    },
    async dropEvidence(request, kind, data, tx = sql) {
      await tx.query(
        `DELETE FROM vouch.evidence WHERE (operator, request, kind, data) = ($1, $2, $3, $4)`,
        [operator, request, kind, data],
      );
    },
    async putReceipt(request, receipt, tx = sql) {
      const [row] = await tx.query(
        `UPDATE vouch.answers SET receipt = coalesce(receipt, $3)
         WHERE operator = $1 AND request = $2 RETURNING receipt`,
        [operator, request, receipt],
      );
      return textOf(request, row?.["receipt"]);
    },
  };
}

function textOf(request: RequestId, value: unknown): string {
  if (typeof value !== "string") throw new QueueError({ code: "ANSWER_UNKNOWN", request });
  return value;
}
