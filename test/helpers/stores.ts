import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Store, StoreDeps, StoreOptions } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import { pino } from "pino";
import { openPglite } from "../../offchain/queue/openPglite.ts";
import type { PostgresServer } from "./postgres.ts";
import { postgresFolder, startPostgres } from "./postgres.ts";

/** What the stores of tests say goes nowhere. */
export const SILENT: StoreDeps["log"] = pino({ level: "silent" });

/** A database of a suite, and the store of its tests. */
export type StoreScenario = {
  readonly options: Pick<StoreOptions, "url" | "folder">;
  readonly store: Store;
  /** Opens the store as another process would, or as the next one: on PGlite close the first. */
  readonly open: (queues?: StoreOptions["queues"]) => Promise<Store>;
};

/** Runs the suite over PGlite, and over a PostgreSQL server where one is installed. */
export function overBothDatabases(
  title: string,
  suite: (scenario: () => StoreScenario) => void,
  queues: NonNullable<StoreOptions["queues"]> = {},
): void {
  describe(`${title}, on PGlite`, () => {
    let folder = "";
    let store: Store;
    const open = (changed = queues): Promise<Store> =>
      openStore({ folder, queues: changed }, { log: SILENT });

    before(async function () {
      this.timeout(60_000);
      folder = mkdtempSync(join(tmpdir(), "vouch-store-"));
      await fillFolder(folder);
      store = await open();
    });
    after(async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    suite(() => ({ options: { folder }, store, open }));
  });

  overPostgres(title, (server) => {
    let store: Store;
    const open = (changed = queues): Promise<Store> =>
      openStore({ url: server().url, queues: changed }, { log: SILENT });

    before(async () => {
      store = await open();
    });
    after(() => store.close());

    suite(() => ({ options: { url: server().url }, store, open }));
  });
}

/** Runs the suite over a PostgreSQL server; says loudly where none is installed. */
export function overPostgres(title: string, suite: (server: () => PostgresServer) => void): void {
  const bin = postgresFolder();
  if (bin === undefined) {
    process.stderr.write(`\n  NOT TRIED: "${title}" on PostgreSQL: no initdb and postgres here.\n`);
    return;
  }
  describe(`${title}, on PostgreSQL`, () => {
    let server: PostgresServer;
    before(async function () {
      this.timeout(60_000);
      server = await startPostgres(bin);
    });
    after(() => server.stop());
    suite(() => server);
  });
}

/** Opens a store for the action, and closes it however that ends. */
export async function withStore<T>(
  options: StoreOptions,
  action: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(options, { log: SILENT });
  try {
    return await action(store);
  } finally {
    await store.close();
  }
}

/** Puts an empty database into the folder of a store: setting one up takes PGlite seconds, so one is kept and copied. */
export async function fillFolder(folder: string): Promise<void> {
  const template = join(tmpdir(), `vouch-pglite-0.5.16-${userInfo().username}`);
  if (!existsSync(template)) {
    const part = mkdtempSync(`${template}-`);
    await (await openPglite(part)).close();
    try {
      renameSync(part, template);
    } catch (error) {
      rmSync(part, { recursive: true, force: true });
      if (!existsSync(template)) throw error; // another process was first
    }
  }
  cpSync(join(template, "pglite"), join(folder, "pglite"), { recursive: true });
}
