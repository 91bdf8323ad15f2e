import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex, RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { expect } from "chai";
import { askRow, openCreditScenario } from "../../helpers/creditScenario.ts";
import type { CreditScenario } from "../../helpers/creditScenario.ts";
import type { DaemonSite } from "../../helpers/daemonProcess.ts";
import { openDaemonSite } from "../../helpers/daemonProcess.ts";
import { deepOnly } from "../../helpers/deepOnly.ts";
import { freePort } from "../../helpers/freePort.ts";
import { differences, openBooks, reconcile, tableOf } from "../../helpers/reconcile.ts";
import type { Parties } from "../../helpers/reconcile.ts";
import { mountSmallDisk } from "../../helpers/smallDisk.ts";
import type { SmallDisk } from "../../helpers/smallDisk.ts";
import { fillFolder } from "../../helpers/stores.ts";
import { until } from "../../helpers/until.ts";

const MEBIBYTES = 192;
const SIGNED = allOf([requireSignature()]);
const [OPEN, LOCKED, FULFILLED] = [1n, 2n, 5n];

const probe = mountSmallDisk(1);
probe?.unmount();
if (probe === undefined)
  process.stderr.write("\n  NOT TRIED: a worker on a full disk: this user may mount none.\n");
else
  deepOnly("a worker whose disk fills up", () => {
    describe("a worker whose disk fills up while it works", function () {
      this.timeout(240_000);

      let scenario: CreditScenario;
      let site: DaemonSite;
      let disk: SmallDisk;
      let home: string;
      let operatorFolder: string;
      let pages: string;
      let settings: Readonly<Record<string, string>>;
      let snapshot: Awaited<
        ReturnType<CreditScenario["chain"]["connection"]["networkHelpers"]["takeSnapshot"]>
      >;

      before(async () => {
        scenario = await openCreditScenario();
        const { chain, cast } = scenario;
        snapshot = await chain.connection.networkHelpers.takeSnapshot();
        site = await openDaemonSite(scenario);
        disk = mountSmallDisk(MEBIBYTES)!; // it could a moment ago
        home = join(disk.folder, "home");
        mkdirSync(home);
        for (const shared of ["releases", "keys", "cache"] as const)
          symlinkSync(chain.home[shared], join(home, shared));
        const at = `${chain.domain.chainId}-${chain.deployment.anchor}`;
        operatorFolder = join(home, "operators", cast.operator.address.toLowerCase(), at);
        await fillFolder(join(operatorFolder, "store"));
        const port = await freePort();
        pages = `http://127.0.0.1:${port}`;
        settings = { VOUCH_HOME: home, VOUCH_OBSERVE_PORT: String(port) };
      });
      after(async () => {
        await site.close();
        disk.unmount();
        await snapshot.restore();
      });

      const ask = async (count: number): Promise<RequestId[]> => {
        const ids: RequestId[] = [];
        for (let i = 0; i < count; i++)
          ids.push((await askRow(scenario, i, { policy: SIGNED })).id);
        return ids;
      };
      const statuses = (ids: readonly RequestId[]): Promise<bigint[]> =>
        Promise.all(ids.map((id) => scenario.chain.contracts.requests.statusOf(id)));
      const readiness = async (): Promise<string> => (await fetch(`${pages}/readyz`)).text();
      /** Waits as blocks go by: each is a second, and requests have deadlines. */
      const untilMined = (what: string, condition: () => Promise<boolean>): Promise<void> =>
        until(
          what,
          async () => {
            await scenario.chain.connection.networkHelpers.mine();
            await delay(100);
            return condition();
          },
          60_000,
        );

      it("locks nothing new and says why, loses nothing, and goes on when there is room", async () => {
        const { chain, cast } = scenario;
        const parties: Parties = {
          contracts: chain.contracts,
          operator: cast.operator.address.toLowerCase() as Hex,
          requester: (await chain.connection.ethers.getSigners())[0]!.address as Hex,
        };
        await ask(1); // as other tests may leave behind: it is served, too, and is in none of the accounts
        const before = await openBooks(parties);
        const worker = await site.start(settings);

        const taken = await ask(6);
        await untilMined("one is locked", async () =>
          (await statuses(taken)).some((it) => it >= LOCKED),
        );
        disk.fill();
        await until("it says so", async () => (await readiness()).includes("disk fails"));
        const left = await ask(3);
        const failuresBefore = worker.text().split("logs not read").length;
        await untilMined("it has met the full disk again and again", () =>
          Promise.resolve(worker.text().split("logs not read").length >= failuresBefore + 2),
        );
        expect(await statuses(left)).to.deep.equal([OPEN, OPEN, OPEN]);
        const status = (await (await fetch(`${pages}/status`)).json()) as {
          readonly mayLock: boolean;
          readonly locksNothing: string;
        };
        expect(status.mayLock).to.equal(false);
        expect(status.locksNothing).to.match(/^disk fails: /);

        disk.makeRoom();
        const all = [...taken, ...left];
        await untilMined("all are answered", async () =>
          (await statuses(all)).every((it) => it === FULFILLED),
        );
        await until("it is ready", async () => (await readiness()) === "ready\n");
        expect(await worker.kill("SIGTERM")).to.equal(0);

        const rows = await reconcile(all, before, parties, join(operatorFolder, "signed.jsonl"));
        process.stderr.write(tableOf("a full disk", rows));
        expect(differences(rows)).to.be.empty;
      });

      it("does not start without room, and says how much it takes", async () => {
        disk.fill(2 ** 20);
        const { code, text } = await site.command(["run"], settings);
        expect(code).to.equal(1);
        expect(text).to.match(/^DISK_FULL:/m);
      });
    });
  });
