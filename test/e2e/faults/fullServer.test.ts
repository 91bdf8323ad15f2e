import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex, RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { expect } from "chai";
import pg from "pg";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import type { Scenario } from "../../helpers/creditScenario.ts";
import { askRow } from "../../helpers/creditScenario.ts";
import type { DaemonSite } from "../../helpers/daemonProcess.ts";
import { openDaemonSite } from "../../helpers/daemonProcess.ts";
import { freePort } from "../../helpers/freePort.ts";
import type { PostgresServer } from "../../helpers/postgres.ts";
import { postgresFolder, startPostgres } from "../../helpers/postgres.ts";
import type { Parties, Row } from "../../helpers/reconcile.ts";
import { differences, openBooks, reconcile, tableOf } from "../../helpers/reconcile.ts";
import { mountSmallDisk } from "../../helpers/smallDisk.ts";
import type { SmallDisk } from "../../helpers/smallDisk.ts";
import { withStore } from "../../helpers/stores.ts";
import { openTinyScenario, tinyModel } from "../../helpers/tinyScenario.ts";
import { until } from "../../helpers/until.ts";

const MEBIBYTES = 256;
const SIGNED = allOf([requireSignature()]);
const [OPEN, LOCKED, FULFILLED] = [1n, 2n, 5n];
/** So many requests fill what the server has of tables already, and the operator has stake for them. */
const MOST_ASKED = 80;

const missing = whatIsMissing();
if (missing !== undefined)
  process.stderr.write(`\n  NOT TRIED: a worker whose PostgreSQL has a full disk: ${missing}.\n`);
else
  describe("a worker whose database server has a full disk", function () {
    this.timeout(300_000);

    let scenario: Scenario & { readonly close: () => void };
    let site: DaemonSite;
    let disk: SmallDisk;
    let server: PostgresServer;

    before(async () => {
      scenario = await openTinyScenario("private", tinyModel(7));
      site = await openDaemonSite(scenario);
      disk = mountSmallDisk(MEBIBYTES)!; // it could a moment ago
      const parent = join(disk.folder, "server");
      mkdirSync(parent, { mode: 0o755 });
      server = await startPostgres(postgresFolder()!, parent); // it is there
    });
    after(async () => {
      await site.close();
      await server.stop();
      disk.unmount();
      scenario.close();
    });

    const ask = async (count: number): Promise<RequestId[]> => {
      const ids: RequestId[] = [];
      for (let i = 0; i < count; i++)
        ids.push((await askRow(scenario, i % 8, { policy: SIGNED })).id);
      return ids;
    };
    const statuses = (ids: readonly RequestId[]): Promise<bigint[]> =>
      Promise.all(ids.map((id) => scenario.chain.contracts.requests.statusOf(id)));
    const untilMined = (what: string, condition: () => Promise<boolean>): Promise<void> =>
      until(
        what,
        async () => {
          await scenario.chain.connection.networkHelpers.mine();
          await delay(100);
          return condition();
        },
        90_000,
      );

    it("locks nothing new and says why, loses nothing, and goes on when there is room", () =>
      survives("a full disk of the database server", {
        exhaust: disk.fill,
        says: /disk fails: the database has no room/,
        meets: "logs not read",
      }));

    it("does so too where the server's own log has no room left, and it ends", () =>
      survives("a database server that ended for want of room", {
        exhaust: endServer,
        says: /^The database refused a statement or cannot be reached/,
        meets: "nothing can be taken now",
      }));

    /** Has its log need more room than there is: PostgreSQL panics, and cannot recover. */
    async function endServer(): Promise<void> {
      disk.fill();
      const client = new pg.Client({ connectionString: server.url });
      client.on("error", () => undefined); // it ends with the server
      await client.connect();
      const write = "SELECT pg_logical_emit_message(true, 'vouch', repeat('x', 1000000))";
      for (;;) {
        const refusal = await codeOfPromise(client.query(write));
        if (refusal !== undefined) break;
      }
      await client.end();
      await until("it ends", () => !server.isRunning());
    }

    async function survives(
      title: string,
      {
        exhaust,
        says,
        meets,
      }: {
        readonly exhaust: () => unknown;
        readonly says: RegExp;
        /** Of what its log tells again and again. */
        readonly meets: string;
      },
    ): Promise<void> {
      const { chain, cast } = scenario;
      const parties: Parties = {
        contracts: chain.contracts,
        operator: cast.operator.address.toLowerCase() as Hex,
        requester: (await chain.connection.ethers.getSigners())[0]!.address as Hex,
      };
      const before = await openBooks(parties);
      const port = String(await freePort());
      const readiness = async (): Promise<string> =>
        (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
      const worker = await site.start({
        ...{ VOUCH_DATABASE_URL: server.url, VOUCH_OBSERVE_PORT: port },
      });

      const all = await ask(6);
      await untilMined("one is locked", async () =>
        (await statuses(all)).some((it) => it >= LOCKED),
      );
      await exhaust();
      // Each takes a row of room; the worker looks at its own health every two seconds.
      while (!says.test(await readiness())) {
        expect(all).to.have.length.below(MOST_ASKED);
        all.push(...(await ask(1)));
        await delay(200);
      }
      const left = await ask(3);
      const failures = worker.text().split(meets).length;
      await untilMined("it has met the full disk again and again", () =>
        Promise.resolve(worker.text().split(meets).length >= failures + 2),
      );
      expect(await statuses(left)).to.deep.equal(left.map(() => OPEN));

      disk.makeRoom();
      if (!server.isRunning()) await server.start(); // as the system's own manager of services does
      all.push(...left);
      await untilMined("all are answered", async () =>
        (await statuses(all)).every((it) => it === FULFILLED),
      );
      await until("it is ready", async () => (await readiness()) === "ready\n");
      expect(await worker.kill("SIGTERM")).to.equal(0);

      const rows = [...(await reconcile(all, before, parties)), ...(await onRecord(all))];
      process.stderr.write(tableOf(title, rows));
      expect(differences(rows)).to.be.empty;
    }

    /** What the sign log in the database says of requests: each is in it once. */
    function onRecord(ids: readonly RequestId[]): Promise<readonly Row[]> {
      return withStore({ url: server.url }, async ({ sql, listDeadLetters }) => {
        const signed = await sql.query("SELECT request FROM vouch.signed WHERE request = ANY($1)", [
          ids,
        ]);
        const dead = await listDeadLetters();
        const rows: [string, number, number][] = [
          ["statements on record", ids.length, signed.length],
          ["dead letters", 0, dead.length],
        ];
        return rows.map(([what, expected, found]) => ({
          ...{ what, expected: BigInt(expected), found: BigInt(found) },
          difference: BigInt(found - expected),
        }));
      });
    }
  });

function whatIsMissing(): string | undefined {
  if (process.env["VOUCH_DEEP"] !== "1") return "it takes VOUCH_DEEP=1";
  if (postgresFolder() === undefined) return "no initdb and postgres here";
  const probe = mountSmallDisk(1);
  probe?.unmount();
  return probe === undefined ? "this user may mount none" : undefined;
}
