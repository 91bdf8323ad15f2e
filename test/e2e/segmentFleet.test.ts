import { setTimeout as delay } from "node:timers/promises";
import type { RequestId } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { unloadRelease } from "@vouch/worker";
import { expect } from "chai";
import type { Scenario } from "../helpers/creditScenario.ts";
import { askRow } from "../helpers/creditScenario.ts";
import type { DaemonProcess, DaemonSite } from "../helpers/daemonProcess.ts";
import { openDaemonSite } from "../helpers/daemonProcess.ts";
import { layeredModel } from "../helpers/layeredModel.ts";
import type { PostgresServer } from "../helpers/postgres.ts";
import { postgresFolder, startPostgres } from "../helpers/postgres.ts";
import { openTinyScenario } from "../helpers/tinyScenario.ts";

const FULFILLED = 5n;
const SEGMENTS = 3;
const REQUESTS = 4;
const KILLS = 3;

const bin = postgresFolder();
if (bin === undefined || process.env["VOUCH_DEEP"] !== "1") {
  const why = bin === undefined ? "PostgreSQL is not installed" : "it takes VOUCH_DEEP=1";
  process.stderr.write(`\n  NOT TRIED: a fleet that proves segments and is killed: ${why}.\n`);
} else {
  describe("a fleet that proves a release in segments", function () {
    this.timeout(600_000);

    let scenario: Scenario & { readonly close: () => void };
    let site: DaemonSite;
    let server: PostgresServer;

    before(async () => {
      scenario = await openTinyScenario("private", layeredModel(3), { maxConstraints: 1_500 });
      site = await openDaemonSite(scenario);
      server = await startPostgres(bin);
    });
    after(async () => {
      await server.stop();
      await site.close();
      await unloadRelease(scenario.served);
      scenario.close();
      await terminate();
    });

    /** Proofs that a process says that it made. */
    const madeBy = (worker: DaemonProcess): number =>
      worker.text().split('"request proofMade"').length - 1;

    async function untilFulfilled(ids: readonly RequestId[], seen: () => string): Promise<void> {
      const { requests } = scenario.chain.contracts;
      for (let i = 0; i < 1_200; i++) {
        const statuses = await Promise.all(ids.map((id) => requests.statusOf(id)));
        if (statuses.every((it) => it === FULFILLED)) return;
        await scenario.chain.connection.networkHelpers.mine();
        await delay(100);
      }
      throw new Error(`not all fulfilled: ${seen().slice(-4_000)}`);
    }

    it("proves each segment by whoever is free, and loses only that of a process that is killed", async () => {
      const fleet = { VOUCH_DATABASE_URL: server.url, VOUCH_WORK_PROVE: "1" };
      const all = [await site.start(fleet), await site.start(fleet)];
      const workers = [...all];
      const ids: RequestId[] = [];
      for (let row = 0; row < REQUESTS; row++) ids.push((await askRow(scenario, row)).id);
      for (let kill = 0; kill < KILLS; kill++) {
        await delay(700 + ((kill * 977) % 1_500)); // at any instant: which is not for the test to choose
        await workers[kill % 2]?.kill("SIGKILL");
        const next = await site.start(fleet);
        workers[kill % 2] = next;
        all.push(next);
      }
      await untilFulfilled(ids, () => all.map((it) => it.text()).join("\n"));
      for (const worker of workers) expect(await worker.kill("SIGTERM")).to.equal(0);

      const { requests } = scenario.chain.contracts;
      for (const id of ids) {
        const answers = await requests.queryFilter(requests.filters.InferenceFulfilled(id));
        expect(answers).to.have.length(1);
      }
      const made = all.map(madeBy);
      expect(made.filter((it) => it > 0).length).to.be.at.least(2);
      // What is made is on record before it is told of: each killed process loses what it had under way, and no more.
      const total = made.reduce((sum, it) => sum + it, 0);
      expect(total).to.be.within(SEGMENTS * REQUESTS - KILLS, SEGMENTS * REQUESTS);
    });
  });
}
