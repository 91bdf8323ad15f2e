import { setTimeout as delay } from "node:timers/promises";
import type { RequestId, RequestParams } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { requestInference } from "@vouch/sdk";
import { expect } from "chai";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario } from "../helpers/creditScenario.ts";
import type { DaemonProcess, DaemonSite } from "../helpers/daemonProcess.ts";
import { openDaemonSite } from "../helpers/daemonProcess.ts";
import type { Faults } from "../helpers/faultyRpc.ts";
import { until } from "../helpers/until.ts";

const FULFILLED = 5n;
const SIGNED = allOf([requireSignature()]);
const WAIT_MS = 60_000;
/** Of Hardhat's settings; a process that ends takes the time that starting one does, at worst. */
const STOP_SECONDS = 2;
const SLACK_SECONDS = 8;

type Asked = { readonly id: RequestId; readonly params: RequestParams };

/** `vouch-worker` as a process, on a chain that stands still, takes blocks back, or is told wrongly. */
/** For the long run: the soak has both, among everything else. */
const deepDescribe = process.env["VOUCH_DEEP"] === "1" ? describe : (): undefined => undefined;

deepDescribe("vouch-worker on a chain that misbehaves", function () {
  this.timeout(600_000);

  let scenario: CreditScenario;
  let site: DaemonSite;
  let restore: () => Promise<void>;

  beforeEach(async () => {
    scenario = await openCreditScenario();
    const { networkHelpers } = scenario.chain.connection;
    const snapshot = await networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
    site = await openDaemonSite(scenario);
  });
  afterEach(async () => {
    await site.close();
    await tell("evm_setAutomine", true);
    await restore();
  });

  function tell(method: string, ...params: readonly unknown[]): Promise<unknown> {
    return scenario.chain.connection.provider.request({ method, params: [...params] });
  }

  async function ask(count: number): Promise<Asked[]> {
    const asked: Asked[] = [];
    for (let i = 0; i < count; i++) asked.push(await askRow(scenario, i % 20, { policy: SIGNED }));
    return asked;
  }

  const statusesOf = (asked: readonly Asked[]): Promise<bigint[]> =>
    Promise.all(asked.map(({ id }) => scenario.chain.contracts.requests.statusOf(id)));

  /** Waits until all are fulfilled; blocks that nobody else makes here let the chain's clock go on. */
  async function untilFulfilled(asked: readonly Asked[], worker: DaemonProcess): Promise<void> {
    const isDone = async (): Promise<boolean> => {
      if ((await statusesOf(asked)).every((it) => it === FULFILLED)) return true;
      await scenario.chain.connection.networkHelpers.mine();
      await delay(100);
      return false;
    };
    await until("all are fulfilled", isDone, WAIT_MS).catch(async (cause: unknown) => {
      const statuses = await statusesOf(asked);
      const left = asked.filter((_, i) => statuses[i] !== FULFILLED).map(({ id }) => id);
      const lines = worker.text().split("\n");
      const told = lines.filter((line) => left.some((id) => line.includes(id)));
      const why = `${left.join()} not fulfilled (${statuses.join()}): ${told.join("\n")}`;
      throw new Error(`${why}\n${lines.slice(-10).join("\n")}`, { cause });
    });
  }

  /** How often each was locked and answered, in the blocks that count. */
  async function timesOf(asked: readonly Asked[]): Promise<[number, number][]> {
    const { requests } = scenario.chain.contracts;
    return Promise.all(
      asked.map(async ({ id }) => [
        (await requests.queryFilter(requests.filters.RequestLocked(id))).length,
        (await requests.queryFilter(requests.filters.InferenceFulfilled(id))).length,
      ]),
    );
  }

  const once = (asked: readonly Asked[]): [number, number][] => asked.map(() => [1, 1]);

  for (const [what, end] of [
    ["told to stop, within its seconds", async (it: DaemonProcess) => it.kill("SIGTERM")],
    [
      "told twice, at once",
      async (it: DaemonProcess) => {
        const ended = it.kill("SIGTERM");
        await until("it has heard", () => it.text().includes("told to stop"), WAIT_MS);
        return Promise.all([ended, it.kill("SIGINT")]).then(([code]) => code);
      },
    ],
  ] as const) {
    it(`leaves what no block takes to the next start when it is ${what}`, async () => {
      const asked = await ask(2);
      await tell("evm_setAutomine", false);
      const hurries = what.includes("twice");
      const seconds = hurries ? 600 : STOP_SECONDS;
      const settings = { VOUCH_WORK_STOP_SECONDS: String(seconds) };
      const worker = await site.start(settings);
      await until("it has sent", () => worker.text().includes("transaction sent"), WAIT_MS);

      const start = performance.now();
      expect(await end(worker), worker.text().slice(-3_000)).to.equal(0);
      const limit = (hurries ? 0 : STOP_SECONDS) + SLACK_SECONDS;
      expect((performance.now() - start) / 1_000).to.be.lessThan(limit);

      await tell("evm_setAutomine", true);
      const next = await site.start();
      await untilFulfilled(asked, next);
      expect(await timesOf(asked)).to.deep.equal(once(asked));
      expect(await next.kill("SIGTERM")).to.equal(0);
    });
  }

  it("answers each request once where five blocks and more are replaced under way", async () => {
    const { networkHelpers } = scenario.chain.connection;
    const worker = await site.start();
    const before = await ask(1);
    await untilFulfilled(before, worker);
    const snapshot = await tell("evm_snapshot");
    const forkedAt = await networkHelpers.time.latestBlock();
    const asked = await ask(4);
    await until(
      "one of them is answered",
      async () => (await statusesOf(asked)).includes(FULFILLED),
      WAIT_MS,
    );
    const depth = (await networkHelpers.time.latestBlock()) - forkedAt;
    expect(depth).to.be.at.least(5);

    await tell("evm_revert", snapshot);
    await tell("evm_increaseTime", 7);
    // The same requests in another order, as they come out of a pool; the last of them comes late.
    const [first, ...others] = asked;
    for (const { params } of others.toReversed())
      await requestInference(scenario.chain.contracts, params);
    await networkHelpers.mine(depth);
    await requestInference(scenario.chain.contracts, first!.params); // four were asked

    await untilFulfilled(asked, worker);
    expect(worker.text()).to.include("blocks were replaced");
    expect(await timesOf([...before, ...asked])).to.deep.equal(once([...before, ...asked]));
    expect(await worker.kill("SIGTERM")).to.equal(0);
  });

  it("answers each request once where the endpoint lags, lies, and drops its WebSockets", async () => {
    const { rpc } = site;
    const worker = await site.start({ VOUCH_CHAIN_RPC: `${rpc.wsUrl},${rpc.url}` });
    const asked: Asked[] = [];
    const schedule: readonly Partial<Faults>[] = [
      { lag: 3 },
      { lag: 0, nonceOffset: -3 },
      { nonceOffset: 2 },
      { nonceOffset: 0, emptyLogs: true },
      { emptyLogs: false, takesSilently: true },
      { takesSilently: false, drops: true },
      { drops: false, swallows: true },
      { swallows: false, garbage: true },
      { garbage: false, heads: "never" },
    ];
    for (const faults of schedule) {
      Object.assign(rpc.faults, faults);
      asked.push(...(await ask(2)));
      rpc.tellHead();
      await delay(700); // how far it comes under each fault is not for the test to choose
      rpc.dropSockets();
    }
    await untilFulfilled(asked, worker);
    expect(await timesOf(asked)).to.deep.equal(once(asked));
    expect(await worker.kill("SIGTERM")).to.equal(0);
  });
});
