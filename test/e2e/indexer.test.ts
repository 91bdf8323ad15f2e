import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { REQUEST_STATUSES } from "@vouch/protocol";
import { ZeroAddress, ZeroHash } from "ethers";
import type { Indexer } from "../../offchain/indexer/startIndexer.ts";
import { connection } from "../helpers/deployVouch.ts";
import { optimistic } from "../helpers/disputeScenario.ts";
import { deepOnly } from "../helpers/deepOnly.ts";
import type { IndexedScenario } from "../helpers/indexedScenario.ts";
import { askIndexer, openIndexedScenario } from "../helpers/indexedScenario.ts";
import { postgresFolder, startPostgres } from "../helpers/postgres.ts";
import type { Params } from "../helpers/vouchScenario.ts";
import { BAD, ETHER, GOOD, all, release, sign } from "../helpers/vouchScenario.ts";

const { networkHelpers, provider } = connection;
const ASK_EVERY_MS = 300;
/** Some ten seconds where nothing else runs. */
const START_TIMEOUT_MS = 180_000;
const HOSTILE = `<img src=x onerror=alert(1)>\0${"ü".repeat(5000)}`;

describe("indexer over its own database", () => {
  indexerTests(() => Promise.resolve({ settings: {}, stop: () => Promise.resolve() }));
});

describe("indexer over PostgreSQL", () => {
  const bin = postgresFolder();
  if (bin === undefined) {
    process.stderr.write(
      "\n  NOT TRIED: the indexer over PostgreSQL: no `postgres` is installed.\n",
    );
    return;
  }
  deepOnly("the indexer over PostgreSQL", () => {
    indexerTests(async () => {
      const server = await startPostgres(bin);
      return { settings: { DATABASE_URL: server.url }, stop: () => server.stop() };
    });
  });
});

type Database = {
  readonly settings: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

function indexerTests(openDatabase: () => Promise<Database>): void {
  let database: Database;
  let scenario: IndexedScenario;
  let indexer: Indexer;
  let asked: Readonly<Record<"final" | "cancelled" | "missed" | "overturned", string>>;

  before(async function () {
    this.timeout(START_TIMEOUT_MS);
    database = await openDatabase();
    scenario = await openIndexedScenario();
    asked = {
      final: await answer(scenario),
      cancelled: await cancel(scenario),
      missed: await miss(scenario),
      overturned: await overturn(scenario),
    };
    indexer = await scenario.start(database.settings);
  });

  after(async () => {
    await scenario.close();
    await database.stop();
  });

  const ask = (query: string): ReturnType<typeof askIndexer> => askIndexer(indexer, query);

  it("says of every request what the contract says", async () => {
    for (const id of Object.values(asked)) {
      const status = REQUEST_STATUSES[Number(await scenario.requests.statusOf(id))];
      const { request } = await ask(`{ request(id: "${id}") { status } }`);
      expect(request).to.deep.equal({ status });
    }
  });

  it("has operators' stake, exposure and slashing as the vault has them", async () => {
    const { vault, operator } = scenario;
    const id = operator.address.toLowerCase();
    const fields = "own delegated exposure locks answers overturned missed slashed";
    const { operator: row, network } = await ask(
      `{ operator(id: "${id}") { ${fields} } network(id: "network") { burned stake } }`,
    );
    const { own, delegated } = await vault.stakeOf(operator);
    const exposed = await vault.exposureOf(operator);
    const rival = await vault.stakeOf(scenario.rival);
    expect(row).to.deep.equal({
      own: own.toString(),
      delegated: delegated.toString(),
      exposure: (exposed.own + exposed.delegated).toString(),
      ...{ locks: 3, answers: 2, overturned: 1, missed: 1 },
      slashed: (11n * ETHER - own).toString(),
    });
    expect(network).to.deep.equal({
      burned: (await vault.burned()).toString(),
      stake: (own + rival.own).toString(),
    });
  });

  it("counts final answers as the contract tallies them", async () => {
    const { results } = await scenario.requests.tallyOf(ZeroHash, ZeroAddress, 1, 0);
    const { hours, releaseDays, modelAssurances } = await ask(
      `{ hours(where: { kinds: 1 }) { items { count gas } }
           releaseDays(where: { kinds: 1 }) { items { count } }
           modelAssurances { items { count kinds weak } } }`,
    );
    const [hour] = (hours as Items<{ count: number; gas: string }>).items;
    expect(hour?.count).to.equal(Number(results));
    expect(Number(hour?.gas)).to.be.greaterThan(100_000);
    expect(releaseDays).to.deep.equal({ items: [{ count: Number(results) }] });
    expect(modelAssurances).to.deep.equal({ items: [{ count: 1, kinds: 1, weak: false }] });
  });

  it("tells the timeline of a challenged answer in the order of the chain", async () => {
    const where = `where: { request: "${asked.overturned}" }, orderBy: "id"`;
    const { steps, disputes } = await ask(
      `{ steps(${where}) { items { kind } } disputes { items { request status } } }`,
    );
    expect((steps as Items<{ kind: string }>).items.map(({ kind }) => kind)).to.deep.equal([
      ...["InferenceRequested", "RequestLocked", "InferenceFulfilled", "AnswerChallenged"],
      ...["AnswerContested", "DisputeDecided", "AnswerOverturned", "RequestRefunded"],
    ]);
    expect(disputes).to.deep.equal({
      items: [{ request: asked.overturned, status: "overturned" }],
    });
  });

  it("goes on past a name that no row could hold", async function () {
    this.timeout(START_TIMEOUT_MS);
    const { models, publisher } = scenario;
    const hostile = release({
      publisher: publisher.address,
      circuit: scenario.circuitId,
      model: HOSTILE,
    });
    await models.connect(publisher).publish(hostile, "\0");
    await untilCounts({ releases: 2, models: 2 });
    const { models: rows } = await ask(`{ models(where: { releases: 1 }) { items { name } } }`);
    const names = (rows as Items<{ name: string }>).items.map(({ name }) => name);
    expect(names.some((it) => it.startsWith("<img src=x onerror=alert(1)>ü"))).to.equal(true);
    expect(Math.max(...names.map((it) => it.length))).to.be.at.most(256);
  });

  it("takes back what a reorganisation takes back", async function () {
    this.timeout(START_TIMEOUT_MS);
    const { requests } = await counts();
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    const id = await answer(scenario);
    await untilCounts({ requests: Number(requests) + 1 });
    await provider.request({ method: "evm_revert", params: [snapshot] });
    await networkHelpers.time.increase(1000);
    // One by one: blocks that Hardhat makes at once have no hashes yet.
    for (let block = 0; block < 8; block++) await provider.request({ method: "evm_mine" });
    await untilCounts({ requests: Number(requests), answers: 2, finals: 1 });
    expect(
      await ask(
        `{ request(id: "${id}") { id } steps(where: { request: "${id}" }) { items { id } } }`,
      ),
    ).to.deep.equal({
      request: null,
      steps: { items: [] },
    });
  });

  deepOnly("an indexer that is started again", () => {
    it("goes on after a restart with what happened meanwhile, and counts nothing twice", async function () {
      this.timeout(START_TIMEOUT_MS);
      const before = await counts();
      await indexer.stop();
      await answer(scenario);
      indexer = await scenario.start(database.settings);
      expect(await counts()).to.deep.equal({
        ...before,
        requests: Number(before["requests"]) + 1,
        answers: Number(before["answers"]) + 1,
        finals: Number(before["finals"]) + 1,
      });
    });
  });

  async function counts(): Promise<Readonly<Record<string, unknown>>> {
    const fields = "requests answers finals refunds overturned disputes models releases operators";
    const { network } = await ask(`{ network(id: "network") { ${fields} } }`);
    return network as Record<string, unknown>;
  }

  /** Asks seldom: the process that answers is the one that indexes. */
  async function untilCounts(expected: Readonly<Record<string, number>>): Promise<void> {
    const end = performance.now() + 60_000;
    for (;;) {
      const found = await counts();
      if (Object.entries(expected).every(([name, count]) => found[name] === count)) return;
      if (performance.now() > end) expect(found).to.include(expected);
      await delay(ASK_EVERY_MS);
    }
  }
}

type Items<T> = { readonly items: readonly T[] };

/** A request that a signature settles; returns its id. */
async function answer(scenario: IndexedScenario): Promise<string> {
  const { requests, operator, domain } = scenario;
  const params = await scenario.params();
  const id = await scenario.lock(params);
  const evidence = [await sign(operator, domain, scenario.claim(id, params))];
  await requests.connect(operator).fulfil(id, params, GOOD, evidence);
  return id;
}

async function cancel(scenario: IndexedScenario): Promise<string> {
  const params = await scenario.params();
  const id = await scenario.ask(params);
  await scenario.requests.connect(scenario.requester).cancel(id, params);
  return id;
}

/** A request whose operator misses the deadline, and loses the bond. */
async function miss(scenario: IndexedScenario): Promise<string> {
  const params = await scenario.params();
  const id = await scenario.lock(params);
  await networkHelpers.time.increaseTo(params.deadline + 1n);
  await scenario.requests.connect(scenario.stranger).expire(id, params);
  return id;
}

/** A false answer that is challenged, and that nobody proves. */
async function overturn(scenario: IndexedScenario): Promise<string> {
  const { requests, disputes, operator, rival } = scenario;
  const params: Params = await scenario.params({ policy: all(optimistic()) });
  const id = await scenario.lock(params);
  await requests.connect(operator).fulfil(id, params, BAD, []);
  const challenger = disputes.connect(rival);
  await challenger.challenge(requests, id, params, BAD, { value: params.bond });
  const { decideBy } = await disputes.disputeOf(requests, id);
  await networkHelpers.time.increaseTo(decideBy + 1n);
  await challenger.timeout(requests, id, params, BAD);
  return id;
}
