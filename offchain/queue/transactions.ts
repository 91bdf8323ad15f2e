import type { Entry, Intent, Journal } from "@vouch/chain";
import type { Hex } from "@vouch/protocol";
import { QueueError } from "./errors.ts";
import type { Row, Sql } from "./sql.ts";
import { entryOf, feesJson, intentJson } from "./transactionEntry.ts";

/**
 * Returns the journal of a chain's transactions, which processes that send by one key may share. What it does throws {QueueError}
 * `DATABASE_FAILED`, `ENTRY_UNKNOWN` where the key was never given a nonce, and `fill` `NONCE_RESERVED` where the one that it was given to
 * has moved on.
 */
export function transactions(sql: Sql, chainId: bigint): Journal {
  const chain = chainId.toString();

  async function find(
    tx: Sql,
    where: string,
    values: readonly (string | number)[],
  ): Promise<Entry[]> {
    const rows = await tx.query(
      `SELECT sender, nonce, intent, mined, is_final, (
         SELECT coalesce(jsonb_agg(jsonb_build_object('hash', hash, 'raw', raw, 'fees', fees) ORDER BY position), '[]')
         FROM vouch.attempts a WHERE (a.chain_id, a.key, a.nonce) = (t.chain_id, t.key, t.nonce)
       ) AS attempts
       FROM vouch.transactions t WHERE chain_id = $1 AND ${where} ORDER BY nonce`,
      [chain, ...values],
    );
    return rows.map(entryOf);
  }

  async function byKey(tx: Sql, key: string): Promise<Entry | undefined> {
    return (await find(tx, "key = $2", [key]))[0];
  }

  async function required(tx: Sql, key: string): Promise<Entry> {
    const entry = await byKey(tx, key);
    if (entry === undefined) throw new QueueError({ code: "ENTRY_UNKNOWN", key });
    return entry;
  }

  /** Locks the account's row until the transaction ends: nonces are given one after the other. */
  async function nextNonce(tx: Sql, sender: Hex, chainNonce: number): Promise<number> {
    const [row] = await tx.query(
      `INSERT INTO vouch.senders AS s (chain_id, sender, next_nonce) VALUES ($1, $2, $3)
       ON CONFLICT (chain_id, sender) DO UPDATE SET next_nonce = greatest(s.next_nonce, excluded.next_nonce)
       RETURNING next_nonce`,
      [chain, sender, chainNonce],
    );
    return Number(row?.["next_nonce"]);
  }

  /** Marks the nonce as the intent's; to be called with the account's row locked. */
  async function claim(tx: Sql, sender: Hex, nonce: number, key: string): Promise<void> {
    await tx.query(
      "INSERT INTO vouch.nonces (chain_id, sender, nonce, key) VALUES ($1, $2, $3, $4)",
      [...[chain, sender, nonce, key]],
    );
    await tx.query(
      `UPDATE vouch.senders SET next_nonce = greatest(next_nonce, $3 + 1)
       WHERE chain_id = $1 AND sender = $2`,
      [chain, sender, nonce],
    );
  }

  async function insert(tx: Sql, sender: Hex, nonce: number, intent: Intent): Promise<Entry> {
    await claim(tx, sender, nonce, intent.key);
    await tx.query(
      `INSERT INTO vouch.transactions (chain_id, key, sender, nonce, intent) VALUES ($1, $2, $3, $4, $5::jsonb)`,
      [chain, intent.key, sender, nonce, intentJson(intent)],
    );
    return { sender, nonce, intent, attempts: [], mined: undefined, isFinal: false };
  }

  /** Changes one row, which has to be there. */
  async function change(key: string, set: string, values: readonly string[] = []): Promise<void> {
    const changed: readonly Row[] = await sql.query(
      `UPDATE vouch.transactions SET ${set} WHERE chain_id = $1 AND key = $2 RETURNING key`,
      [chain, key, ...values],
    );
    if (changed.length === 0) throw new QueueError({ code: "ENTRY_UNKNOWN", key });
  }

  return {
    reserve: (sender, intent, chainNonce) =>
      sql.transaction(async (tx) => {
        const nonce = await nextNonce(tx, sender, chainNonce);
        return (await byKey(tx, intent.key)) ?? insert(tx, sender, nonce, intent);
      }),
    fill: (sender, intent, nonce) =>
      sql.transaction(async (tx) => {
        await nextNonce(tx, sender, 0);
        const [taken] = await tx.query(
          "SELECT key FROM vouch.nonces WHERE chain_id = $1 AND sender = $2 AND nonce = $3",
          [chain, sender, nonce],
        );
        if (taken === undefined) return insert(tx, sender, nonce, intent);
        const [entry] = await find(tx, "sender = $2 AND nonce = $3", [sender, nonce]);
        if (entry === undefined)
          throw new QueueError({ code: "NONCE_RESERVED", nonce, key: String(taken["key"]) });
        return entry;
      }),
    async attempt(key, { hash, raw, fees }) {
      const added = await sql.query(
        `INSERT INTO vouch.attempts (chain_id, key, nonce, hash, raw, fees)
         SELECT chain_id, key, nonce, $3, $4, $5::jsonb FROM vouch.transactions
         WHERE chain_id = $1 AND key = $2 RETURNING key`,
        [chain, key, hash, raw, feesJson(fees)],
      );
      if (added.length === 0) throw new QueueError({ code: "ENTRY_UNKNOWN", key });
    },
    mined: (key, mined) => change(key, "mined = $3::jsonb", [JSON.stringify(mined)]),
    reopened: (key) => change(key, "mined = NULL, is_final = false"),
    final: (key) => change(key, "is_final = true"),
    moved: (key, used, chainNonce) =>
      sql.transaction(async (tx) => {
        await tx.query(
          "SELECT nonce FROM vouch.transactions WHERE chain_id = $1 AND key = $2 FOR UPDATE",
          [chain, key],
        );
        const entry = await required(tx, key);
        if (entry.nonce !== used) return entry;
        const { sender } = entry;
        const nonce = await nextNonce(tx, sender, chainNonce);
        await claim(tx, sender, nonce, key);
        await tx.query(
          `UPDATE vouch.transactions SET nonce = $3, mined = NULL, is_final = false
           WHERE chain_id = $1 AND key = $2`,
          [chain, key, nonce],
        );
        return required(tx, key);
      }),
    open: (sender) => find(sql, "sender = $2 AND NOT is_final", [sender]),
    at: async (sender, nonce) =>
      (await find(sql, "sender = $2 AND nonce = $3", [sender, nonce]))[0],
  };
}
