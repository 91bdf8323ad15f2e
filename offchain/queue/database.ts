import type { ConstructorOptions } from "pg-boss";
import type { Sql } from "./sql.ts";

/** A database that is open: PGlite in this process, or a PostgreSQL server that others share. */
export type Database = Sql & {
  readonly kind: "pglite" | "postgres";
  /** How pg-boss reaches it. */
  readonly boss: Pick<ConstructorOptions, "db" | "backend" | "connectionString" | "max">;
  readonly close: () => Promise<void>;
};
