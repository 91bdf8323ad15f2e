import { QueueError } from "./errors.ts";

/** A value as both drivers take it; JSON goes as text, wei as decimal text. */
export type SqlValue = string | number | boolean | null | Date | readonly (string | number)[];

/** One row, columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** A connection to the store's database, or one transaction of it. */
export type Sql = {
  /**
   * Runs one statement; `$1` is the first of `values`.
   *
   * @throws {QueueError} `DATABASE_FAILED`.
   */
  readonly query: (text: string, values?: readonly SqlValue[]) => Promise<readonly Row[]>;
  /**
   * Runs `action` in a transaction (read committed): durable when this returns, undone where it throws. Within one it is part of
   * that one. Inside, use what `action` is given alone: PGlite has one connection, and would wait for itself.
   */
  readonly transaction: <T>(action: (tx: Sql) => Promise<T>) => Promise<T>;
};

/** What a driver gives back of one statement. */
export type Runner = (text: string, values: unknown[]) => Promise<{ readonly rows: unknown[] }>;

/** Returns the transaction whose statements `run` runs. */
export function transactionOf(run: Runner): Sql {
  const tx: Sql = { query: queryOf(run), transaction: (action) => action(tx) };
  return tx;
}

/** Returns `run` with the errors of this package. */
export function queryOf(run: Runner): Sql["query"] {
  return async (text, values = []) => {
    try {
      return (await run(text, [...values])).rows as Row[];
    } catch (cause) {
      throw databaseError(cause);
    }
  };
}

/** What a driver throws, as this package does; its own errors are left as they are. */
export function databaseError(cause: unknown): QueueError {
  if (cause instanceof QueueError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const state = typeof code === "string" ? code : undefined;
  return new QueueError({ code: "DATABASE_FAILED", state }, { cause });
}
