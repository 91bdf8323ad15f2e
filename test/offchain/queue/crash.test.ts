import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store, StoreOptions } from "@vouch/queue";
import { answers, signLog, transactions } from "@vouch/queue";
import { expect } from "chai";
import { deepOnly, IS_DEEP } from "../../helpers/deepOnly.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import type { PipelineLife } from "../../helpers/pipelineProcess.ts";
import {
  CHAIN_ID,
  enqueueStep,
  fillPipeline,
  OPERATOR,
  PIPELINE_QUEUES,
  pipelineQueue,
  requestAt,
  settledIn,
  stepsOf,
} from "../../helpers/pipelineProcess.ts";
import type { PostgresServer } from "../../helpers/postgres.ts";
import { fillFolder, overPostgres, withStore } from "../../helpers/stores.ts";
import { until } from "../../helpers/until.ts";

const PROGRAM = new URL("../../helpers/pipelineProcess.ts", import.meta.url).pathname;
const TOTAL = IS_DEEP ? 200 : 20;
const SEEDS = IS_DEEP ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];
/** Steps of one life: a run has some eight and a half of each request. */
const MAX_STEPS = 2 * TOTAL;
const MAX_LIVES = 30;
const TIMEOUT_MS = 120_000;

type Ending = NodeJS.Signals | number | null;

/** Runs a process; returns how it ended. */
async function lead(life: PipelineLife): Promise<Ending> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(life)], {
    stdio: "ignore",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(signal ?? code);
    });
  });
}

/** Lives of which all but the last end at a step that the seed draws; returns how they ended. */
async function leadLives(options: StoreOptions, seed: number, deaths: number): Promise<Ending[]> {
  const random = randomNumbers(seed);
  const endings: Ending[] = [];
  for (let death = 0; death < deaths; death++) {
    const dieAt = 1 + Math.floor(((random() + 1) / 2) * MAX_STEPS);
    endings.push(await lead({ options, total: TOTAL, dieAt }));
  }
  // One that finds no server ends with an error, and is started again by whoever runs it.
  do endings.push(await lead({ options, total: TOTAL, dieAt: 0 }));
  while (endings.at(-1) !== 0 && endings.length < MAX_LIVES);
  return endings;
}

/** Fails unless each request took each of its steps once, and nothing is left anywhere. */
async function reconcile(store: Store): Promise<void> {
  const rows = await store.sql.query(
    "SELECT step, request, count(*)::int AS times FROM effects GROUP BY step, request",
  );
  const times = new Map(
    rows.map((it) => [`${String(it["step"])} ${String(it["request"])}`, it["times"]]),
  );
  const expected = Array.from({ length: TOTAL }, (_, index) =>
    stepsOf(index).map((step) => [`${step} ${requestAt(index)}`, 1] as const),
  ).flat();
  expect(times).to.deep.equal(new Map(expected));
  for (const depth of Object.values(await store.depths()))
    expect(depth).to.deep.equal({ ready: 0, later: 0, active: 0, dead: 0 });

  const nonces = (await transactions(store.sql, CHAIN_ID).open(OPERATOR)).map(({ nonce }) => nonce);
  expect(nonces).to.deep.equal([...Array(TOTAL).keys()]);
  const answer = await answers(store.sql, OPERATOR).get(requestAt(TOTAL - 1));
  expect(answer?.words).to.deep.equal([BigInt(TOTAL - 1)]);
  const contradiction = { request: requestAt(0), digest: requestAt(1) };
  const [refused] = await signLog(store.sql, OPERATOR).recordAll([contradiction]);
  expect(refused?.code).to.equal("EQUIVOCATION_REFUSED");
}

describe(`a pipeline of ${String(TOTAL)} requests on PGlite`, function () {
  this.timeout(TIMEOUT_MS);

  it("has at once what the process before it had taken, by the defaults", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vouch-crash-"));
    try {
      await fillFolder(folder);
      await withStore({ folder }, (store) => fillPipeline(store, 1));
      expect(await lead({ options: { folder }, total: 1, dieAt: 1 })).to.equal("SIGKILL");
      await withStore({ folder }, async (store) => {
        const { active, later } = (await store.depths()).watch;
        expect({ active, later }).to.deep.equal({ active: 0, later: 1 });
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  if (IS_DEEP) {
    it("gives an item up that ends each process which takes it, and says so", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vouch-crash-"));
      try {
        await fillFolder(folder);
        const options = { folder, queues: { watch: { retryLimit: 2 } } };
        await withStore(options, (store) => fillPipeline(store, 1));
        for (let attempt = 1; attempt <= 3; attempt++)
          expect(await lead({ options, total: 1, dieAt: 1 })).to.equal("SIGKILL");
        await withStore(options, async (store) => {
          const [letter, ...others] = await store.listDeadLetters();
          expect(others).to.be.empty;
          expect(letter).to.deep.include({ queue: "watch", key: requestAt(0), attempts: 3 });
          expect(letter?.reason.code).to.equal("PROCESS_ENDED");
          const { ready, later, active } = (await store.depths()).watch;
          expect({ ready, later, active }).to.deep.equal({ ready: 0, later: 0, active: 0 });
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  for (const seed of SEEDS) {
    it(`loses none and settles none twice where its process is killed, seed ${seed}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "vouch-crash-"));
      try {
        await fillFolder(folder);
        const options = { folder, queues: PIPELINE_QUEUES };
        await withStore(options, (store) => fillPipeline(store, TOTAL));

        const endings = await leadLives(options, seed, IS_DEEP ? 8 : 1);
        expect(endings.slice(0, -1)).to.include("SIGKILL");
        expect(endings.at(-1)).to.equal(0);

        await withStore(options, reconcile);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});

deepOnly(`a pipeline of ${String(TOTAL)} requests on PostgreSQL`, () => {
  overPostgres(`a pipeline of ${String(TOTAL)} requests`, (server) => {
    const options = () => ({ url: server().url, queues: PIPELINE_QUEUES });

    it("takes an item up again whose process gives no sign of life, and keeps that one from finishing it", async () => {
      await withStore(options(), async (store) => {
        const queue = pipelineQueue(store, "watch");
        const stop = new AbortController();
        const attempts: number[] = [];
        const committed: number[] = [];
        await enqueueStep(store, 0, 0);
        await queue.work(
          async ({ key, attempt, signal }) => {
            attempts.push(attempt);
            if (attempt === 1) {
              const since = "heartbeat_on - interval '1 hour'";
              const missed = `UPDATE vouch_queue.job SET heartbeat_on = ${since} WHERE singleton_key = $1`;
              await store.sql.query(missed, [key]);
              await new Promise((resolve) => {
                signal.addEventListener("abort", resolve);
              });
            }
            if (attempt === 2) stop.abort();
            return {
              status: "done",
              commit: (): Promise<void> => Promise.resolve(void committed.push(attempt)),
            };
          },
          { concurrency: 2, signal: stop.signal },
        );
        expect(attempts).to.deep.equal([1, 2]);
        expect(committed).to.deep.equal([2]);
      });
    });

    // 15 s without a sign of life, 2 s to the next look, 2 s of back-off, and the same for each look that is late.
    if (IS_DEEP) {
      it("takes up what a killed process had within 30 seconds, by the defaults", async function () {
        this.timeout(TIMEOUT_MS);
        await withStore({ url: server().url }, async (store) => {
          await fillPipeline(store, TOTAL);
          const options = { url: server().url };
          expect(await lead({ options, total: TOTAL, dieAt: 1 })).to.equal("SIGKILL");
          const killed = performance.now();
          const stop = new AbortController();
          const again: number[] = [];
          let left = TOTAL;
          await pipelineQueue(store, "watch").work(
            ({ attempt }) => {
              if (attempt > 1) again.push(performance.now() - killed);
              if (--left === 0) stop.abort();
              return Promise.resolve({ status: "done" });
            },
            { concurrency: 8, signal: stop.signal },
          );
          expect(again).to.not.be.empty;
          expect(Math.max(...again)).to.be.below(30_000);
        });
      });
    }

    for (const seed of SEEDS) {
      it(`loses none and settles none twice where its three processes and the server are killed, seed ${seed}`, async function () {
        this.timeout(TIMEOUT_MS);
        await withStore(options(), async (store) => {
          await fillPipeline(store, TOTAL);
          const deaths = IS_DEEP ? [6, 6, 6] : [1, 1, 0];
          const lives = deaths.map((it, index) => leadLives(options(), 100 * seed + index, it));
          await restartServerAt(server(), store, TOTAL / 3);
          const endings = await Promise.all(lives);
          // On a slow machine the server's end may come to all before the few deaths of the short run do.
          const deadly: readonly unknown[] = IS_DEEP ? ["SIGKILL"] : ["SIGKILL", 1];
          expect(endings.flat().some((it) => deadly.includes(it))).to.equal(true);
          expect(endings.map((it) => it.at(-1))).to.deep.equal([0, 0, 0]);
          await reconcile(store);
        });
      });
    }
  });
});

/** Kills the server when so many are settled, and starts it again. */
async function restartServerAt(server: PostgresServer, store: Store, count: number): Promise<void> {
  await until("a third is settled", async () => (await settledIn(store)) >= count, 60_000);
  await server.kill();
  await server.start();
}
