import { execFileSync } from "node:child_process";
import fs, { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import type { StoreOptions } from "@vouch/queue";
import { openStore, signLog } from "@vouch/queue";
import { expect } from "chai";
import { id } from "ethers";
import { migrate } from "../../../offchain/queue/migrate.ts";
import { MIGRATIONS } from "../../../offchain/queue/migrations.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { fillFolder, overPostgres, SILENT, withStore } from "../../helpers/stores.ts";

const OPERATOR: Hex = `0x${"0a".repeat(20)}`;
const REQUEST = parseRequestId(id("signed"));
const ONE = id("digest one") as Hex;
const TWO = id("digest two") as Hex;
const PACKAGE = new URL("../../../offchain/queue/index.ts", import.meta.url).href;
const open = (options: StoreOptions) => openStore(options, { log: SILENT });

/** Runs a program that has `store` and ends it with what it prints; a signal ends it where it kills itself. */
function runWith(options: StoreOptions, body: string): string {
  const program = `
    import { openStore, signLog } from ${JSON.stringify(PACKAGE)};
    const log = { warn() {} };
    try {
      const store = await openStore(${JSON.stringify(options)}, { log });
      ${body}
    } catch (error) {
      process.stdout.write(error.code);
    }`;
  const args = ["--input-type=module", "--eval", program];
  return execFileSync(process.execPath, args, { encoding: "utf8", stdio: "pipe" });
}

const recordAndDie = `
  await signLog(store.sql, "${OPERATOR}").record("${REQUEST}", "${ONE}");
  process.kill(process.pid, "SIGKILL");`;

describe("openStore", () => {
  for (const [what, options] of [
    ["neither a url nor a folder", {}],
    ["both", { url: "postgres://localhost", folder: "x" }],
    ["another database's url", { url: "mysql://localhost" }],
    [
      "a heartbeat that pg-boss refuses",
      { folder: "x", queues: { infer: { heartbeatSeconds: 5 } } },
    ],
    ["a queue that there is not", { folder: "x", queues: { other: {} } }],
  ] as const) {
    it(`throws OPTIONS_INVALID given ${what}`, async () => {
      expect(await codeOfPromise(open(options as StoreOptions))).to.equal("OPTIONS_INVALID");
    });
  }

  it("throws DATABASE_FAILED where nobody answers", async () => {
    const nobody = open({ url: "postgres://vouch@127.0.0.1:1/none" });
    expect(await codeOfPromise(nobody)).to.equal("DATABASE_FAILED");
  });
});

describe("openStore on PGlite", function () {
  this.timeout(60_000);
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouch-store-"));
    await fillFolder(folder);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("keeps what a killed process had recorded, and has all on the disk before it says so", async () => {
    expect(() => runWith({ folder }, recordAndDie))
      .to.throw()
      .with.property("signal", "SIGKILL");
    await withStore({ folder }, async ({ sql }) => {
      const log = signLog(sql, OPERATOR);
      expect(await codeOfPromise(log.record(REQUEST, TWO))).to.equal("EQUIVOCATION_REFUSED");
      const flushes = await countFlushes(async () => {
        for (const name of ["a", "b", "c"]) await log.record(parseRequestId(id(name)), ONE);
      });
      expect(flushes).to.be.at.least(3);
    });
  });

  it("is one process's, whom it names, until it is closed", async () => {
    await withStore({ folder }, async () => {
      const error: unknown = await open({ folder }).catch((it: unknown) => it);
      const lock = join(folder, "pglite.lock");
      expect(error)
        .to.have.property("data")
        .that.deep.includes({ code: "LOCK_HELD", lock, pid: process.pid });
      expect(runWith({ folder }, "")).to.equal("LOCK_HELD");
    });
  });

  it("throws DATABASE_TOO_NEW where a later program was there, and leaves it as it is", async () => {
    const later = [...MIGRATIONS, ["CREATE TABLE vouch.later (n integer)"]];
    await withStore({ folder }, async ({ sql }) => {
      await migrate(sql, later);
      await migrate(sql, later);
    });
    const found = { code: "DATABASE_TOO_NEW", found: later.length, known: MIGRATIONS.length };
    const error: unknown = await open({ folder }).catch((it: unknown) => it);
    expect(error).to.have.property("data").that.deep.equals(found);
  });
});

overPostgres("openStore", (server) => {
  const here = (): StoreOptions => ({ url: server().url });

  it("makes its tables once, though four processes start at once", async () => {
    const four = [1, 2, 3, 4].map(() =>
      withStore(here(), ({ sql }) => sql.query("SELECT version FROM vouch.version")),
    );
    for (const rows of await Promise.all(four))
      expect(rows).to.deep.equal([{ version: MIGRATIONS.length }]);
  });

  it("leaves nothing of a migration that fails in the middle", async () => {
    await withStore(here(), async ({ sql }) => {
      const broken = [...MIGRATIONS, ["CREATE TABLE vouch.half (n integer)", "CREATE NONSENSE"]];
      expect(await codeOfPromise(migrate(sql, broken))).to.equal("DATABASE_FAILED");
      const [row] = await sql.query("SELECT to_regclass('vouch.half') AS half");
      expect(row).to.deep.equal({ half: null });
    });
  });

  it("keeps what was recorded where process and server are killed, whatever the server's defaults", async () => {
    await withStore(here(), ({ sql }) =>
      sql.query("ALTER ROLE vouch SET synchronous_commit = off"),
    );
    expect(() => runWith(here(), recordAndDie))
      .to.throw()
      .with.property("signal", "SIGKILL");
    await server().kill();
    await server().start();
    await withStore(here(), async ({ sql }) => {
      const recorded = signLog(sql, OPERATOR).record(REQUEST, TWO);
      expect(await codeOfPromise(recorded)).to.equal("EQUIVOCATION_REFUSED");
      const [row] = await sql.query("SHOW synchronous_commit");
      expect(row).to.deep.equal({ synchronous_commit: "on" });
      await sql.query("ALTER ROLE vouch RESET synchronous_commit");
    });
  });

  it("throws NOT_DURABLE where the server runs without fsync", async () => {
    await server().kill();
    await server().start(["-c", "fsync=off"]);
    expect(await codeOfPromise(open(here()))).to.equal("NOT_DURABLE");
  });
});

/** How often something is flushed to the disk while the action runs. */
async function countFlushes(action: () => Promise<void>): Promise<number> {
  const flush = fs.fsyncSync;
  let flushes = 0;
  const replaceFlush = (by: typeof flush): void => {
    fs.fsyncSync = by;
    syncBuiltinESMExports();
  };
  replaceFlush((fd) => {
    flush(fd);
    flushes += 1;
  });
  try {
    await action();
  } finally {
    replaceFlush(flush);
  }
  return flushes;
}
