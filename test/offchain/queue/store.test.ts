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
import { fillFolder, overPostgres, SILENT } from "../../helpers/stores.ts";

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

  it("keeps what a killed process had recorded, and is on the disk before it returns", async () => {
    expect(() => runWith({ folder }, recordAndDie))
      .to.throw()
      .with.property("signal", "SIGKILL");
    const store = await open({ folder });
    const log = signLog(store.sql, OPERATOR);
    expect(await codeOfPromise(log.record(REQUEST, TWO))).to.equal("EQUIVOCATION_REFUSED");

    const flush = fs.fsyncSync;
    let flushes = 0;
    const replaceFlush = (by: typeof flush): void => {
      fs.fsyncSync = by;
      syncBuiltinESMExports();
    };
    replaceFlush((fd) => {
      flushes += 1;
      flush(fd);
    });
    try {
      for (let index = 1; index <= 3; index++) {
        await log.record(parseRequestId(id(`flushed ${index}`)), ONE);
        expect(flushes).to.be.at.least(index);
      }
    } finally {
      replaceFlush(flush);
      await store.close();
    }
  });

  it("is one process's, whom it names, until it is closed", async () => {
    const store = await open({ folder });
    const error: unknown = await open({ folder }).catch((it: unknown) => it);
    const lock = join(folder, "pglite.lock");
    expect(error)
      .to.have.property("data")
      .that.deep.includes({ code: "LOCK_HELD", lock, pid: process.pid });
    expect(runWith({ folder }, "")).to.equal("LOCK_HELD");
    await store.close();
  });

  it("throws DATABASE_TOO_NEW where a later program was there, and leaves it as it is", async () => {
    const store = await open({ folder });
    const later = [...MIGRATIONS, ["CREATE TABLE vouch.later (n integer)"]];
    await migrate(store.sql, later);
    await migrate(store.sql, later);
    await store.close();
    const found = { code: "DATABASE_TOO_NEW", found: later.length, known: MIGRATIONS.length };
    const error: unknown = await open({ folder }).catch((it: unknown) => it);
    expect(error).to.have.property("data").that.deep.equals(found);
  });
});

overPostgres("openStore", (server) => {
  const url = (): string => server().url;

  it("makes its tables once, though four processes start at once", async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => open({ url: url() })));
    const [row] = await stores[0]!.sql.query("SELECT count(*)::int AS versions FROM vouch.version");
    expect(row).to.deep.equal({ versions: 1 });
    await Promise.all(stores.map((it) => it.close()));
  });

  it("leaves nothing of a migration that fails in the middle", async () => {
    const store = await open({ url: url() });
    const broken = [...MIGRATIONS, ["CREATE TABLE vouch.half (n integer)", "CREATE NONSENSE"]];
    expect(await codeOfPromise(migrate(store.sql, broken))).to.equal("DATABASE_FAILED");
    const [row] = await store.sql.query("SELECT to_regclass('vouch.half') AS half");
    expect(row).to.deep.equal({ half: null });
    await store.close();
  });

  it("keeps what was recorded where process and server are killed, whatever the server's defaults", async () => {
    const admin = await open({ url: url() });
    await admin.sql.query("ALTER ROLE vouch SET synchronous_commit = off");
    await admin.close();
    expect(() => runWith({ url: url() }, recordAndDie))
      .to.throw()
      .with.property("signal", "SIGKILL");
    await server().kill();
    await server().start();
    const store = await open({ url: url() });
    const log = signLog(store.sql, OPERATOR);
    expect(await codeOfPromise(log.record(REQUEST, TWO))).to.equal("EQUIVOCATION_REFUSED");
    expect(await store.sql.query("SHOW synchronous_commit")).to.deep.equal([
      { synchronous_commit: "on" },
    ]);
    await store.sql.query("ALTER ROLE vouch RESET synchronous_commit");
    await store.close();
  });

  it("throws NOT_DURABLE where the server runs without fsync", async () => {
    await server().kill();
    await server().start(["-c", "fsync=off"]);
    expect(await codeOfPromise(open({ url: url() }))).to.equal("NOT_DURABLE");
  });
});
