import { setTimeout as delay } from "node:timers/promises";
import type { RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { expect } from "chai";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario, ZK_AND_SIGNATURE } from "../helpers/creditScenario.ts";
import type { DaemonProcess, DaemonSite } from "../helpers/daemonProcess.ts";
import { openDaemonSite } from "../helpers/daemonProcess.ts";
import type { PostgresServer } from "../helpers/postgres.ts";
import { postgresFolder, startPostgres } from "../helpers/postgres.ts";

const FULFILLED = 5n;
const SIGNED = allOf([requireSignature()]);
const DEEP = process.env["VOUCH_DEEP"] === "1";
const REQUESTS = DEEP ? 200 : 16;
const KILLS = DEEP ? 40 : 2;

describe("vouch-worker", function () {
  this.timeout(DEEP ? 1_800_000 : 240_000);

  let scenario: CreditScenario;
  let site: DaemonSite;
  let snapshot: Awaited<
    ReturnType<CreditScenario["chain"]["connection"]["networkHelpers"]["takeSnapshot"]>
  >;

  before(async () => {
    scenario = await openCreditScenario();
    snapshot = await scenario.chain.connection.networkHelpers.takeSnapshot();
    site = await openDaemonSite(scenario);
  });
  after(async () => {
    await site.close();
    await snapshot.restore();
  });

  async function allFulfilled(ids: readonly RequestId[]): Promise<boolean> {
    const { requests } = scenario.chain.contracts;
    const statuses = await Promise.all(ids.map((id) => requests.statusOf(id)));
    return statuses.every((it) => it === FULFILLED);
  }

  /** Waits until all are fulfilled; the chain's clock goes on by blocks that nobody else makes here. */
  async function untilFulfilled(
    ids: readonly RequestId[],
    worker: () => DaemonProcess,
  ): Promise<void> {
    for (let i = 0; i < 1_200; i++) {
      if (await allFulfilled(ids)) return;
      await scenario.chain.connection.networkHelpers.mine();
      await delay(100);
    }
    throw new Error(`not all fulfilled: ${worker().text().slice(-4_000)}`);
  }

  async function ask(count: number, policy = SIGNED): Promise<RequestId[]> {
    const ids: RequestId[] = [];
    for (let i = 0; i < count; i++) ids.push((await askRow(scenario, i % 20, { policy })).id);
    return ids;
  }

  /** Answers to a request in the chain's log. */
  async function answersOf(id: RequestId): Promise<number> {
    const { requests } = scenario.chain.contracts;
    return (await requests.queryFilter(requests.filters.InferenceFulfilled(id))).length;
  }

  it("serves what is asked, by signatures and by proofs, and ends when it is told to", async () => {
    const worker = await site.start();
    const ids = [...(await ask(3)), ...(await ask(1, ZK_AND_SIGNATURE))];
    await untilFulfilled(ids, () => worker);
    expect(await worker.kill("SIGTERM")).to.equal(0);
    for (const id of ids) expect(await answersOf(id)).to.equal(1);
  });

  it("refuses a second process on its store, and says which has it", async () => {
    const worker = await site.start();
    const second = await site.command(["run"]);
    expect(second.code).to.equal(1);
    expect(second.text).to.match(/^(LOCK_HELD|SIGN_LOG_LOCKED):/m);
    expect(await worker.kill("SIGTERM")).to.equal(0);
  });

  if (!DEEP) {
    process.stderr.write(
      "\n  NOT TRIED: a worker that is killed: it takes VOUCH_DEEP=1, and is in the soak.\n",
    );
  } else {
    it("loses nothing and settles nothing twice where it is killed again and again", async () => {
      const { requests } = scenario.chain.contracts;
      const { address } = scenario.cast.operator;
      const before = await requests.creditOf(`0x${"00".repeat(20)}`, address);
      let worker = await site.start();
      const ids = await ask(REQUESTS);
      for (let kill = 0; kill < KILLS; kill++) {
        await delay(200 + ((kill * 977) % 1_500)); // at any instant: which is not for the test to choose
        await worker.kill("SIGKILL");
        worker = await site.start();
      }
      await untilFulfilled(ids, () => worker);
      expect(await worker.kill("SIGTERM")).to.equal(0);

      for (const id of ids) expect(await answersOf(id)).to.equal(1);
      const locked = await Promise.all(
        ids.map((id) => requests.queryFilter(requests.filters.RequestLocked(id))),
      );
      expect(locked.map(({ length }) => length)).to.deep.equal(ids.map(() => 1));
      expect(await requests.creditOf(`0x${"00".repeat(20)}`, address)).to.be.greaterThan(before);
    });
  }

  describe("on a PostgreSQL that two processes share", () => {
    const bin = postgresFolder();
    if (bin === undefined || !DEEP) {
      const why = DEEP
        ? "PostgreSQL is not installed"
        : "it takes VOUCH_DEEP=1, and is in the soak";
      process.stderr.write(`\n  NOT TRIED: a fleet that is killed: ${why}.\n`);
    } else {
      let server: PostgresServer;
      before(async () => {
        server = await startPostgres(bin);
      });
      after(() => server.stop());

      it("loses nothing and settles nothing twice where either, and the database, are killed", async () => {
        const fleet = { VOUCH_DATABASE_URL: server.url, VOUCH_WORK_INFER: "8" };
        const workers = [await site.start(fleet), await site.start(fleet)];
        const ids = await ask(REQUESTS);
        for (let kill = 0; kill < KILLS; kill++) {
          await delay(200 + ((kill * 977) % 1_500));
          await workers[kill % 2]?.kill("SIGKILL");
          workers[kill % 2] = await site.start(fleet);
        }
        await server.kill();
        await server.start();
        await untilFulfilled(ids, () => workers[0] as DaemonProcess);
        for (const worker of workers) expect(await worker.kill("SIGTERM")).to.equal(0);

        const { requests } = scenario.chain.contracts;
        for (const id of ids) {
          expect(await answersOf(id)).to.equal(1);
          const locked = await requests.queryFilter(requests.filters.RequestLocked(id));
          expect(locked).to.have.length(1);
        }
      });
    }
  });

  it("shows what it is set to, and what there is none of", async () => {
    const help = await site.command(["help"]);
    expect(help.code).to.equal(0);
    expect(help.text).to.include("--chain-rpc, VOUCH_CHAIN_RPC");
    expect((await site.command(["status"], { VOUCH_OBSERVE_PORT: "1" })).code).to.equal(1);
    const dead = await site.command(["dead-letters"]);
    expect(dead.code, dead.text).to.equal(0);
    expect((await site.command(["retry", "0"])).text).to.match(/^DEAD_LETTER_UNKNOWN:/m);
    expect((await site.command(["serve"])).code).to.equal(2);
  });
});
