import type { RequestId } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import type { Handler, QueueName, Sql, WorkOptions } from "@vouch/queue";
import { answers, QueueError } from "@vouch/queue";
import { expect } from "chai";
import { id } from "ethers";
import { z } from "zod";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { until } from "../../helpers/until.ts";
import { overBothDatabases } from "../../helpers/stores.ts";

const OPERATOR = "0x0a";
const payload = z.object({ words: z.array(z.string().transform(BigInt)) });
type Payload = z.output<typeof payload>;
type Work = Handler<Payload>;
const done = { status: "done" } as const;
/** A poll that no test waits for: what is found was told. */
const NEVER = 600_000;

let count = 0;
const fresh = (): RequestId => parseRequestId(id(`item ${count++}`));
const inSeconds = (seconds: number): number => Date.now() / 1_000 + seconds;

overBothDatabases(
  "queues",
  (scenario) => {
    const queue = (name: QueueName = "infer") => scenario().store.queue(name, payload);
    const add = (key: RequestId, seconds = 60, name: QueueName = "infer") =>
      queue(name).enqueue({ key, deadline: inSeconds(seconds), payload: { words: ["1"] } });
    const depth = async (name: QueueName = "infer") => (await scenario().store.depths())[name];

    /** Works with the handler until `attempts` attempts are over, however they ended. */
    async function workFor(
      attempts: number,
      handler: Work,
      options: Partial<WorkOptions> & { readonly name?: QueueName } = {},
    ): Promise<void> {
      const stop = new AbortController();
      let left = attempts;
      const counted: Work = async (item) => {
        if (--left === 0) stop.abort();
        return handler(item);
      };
      const { name, ...rest } = options;
      await queue(name).work(counted, {
        concurrency: 1,
        pollMs: 100,
        ...rest,
        signal: stop.signal,
      });
    }

    it("are worked on by deadline, nearest first, past ones before all", async () => {
      const keys = [fresh(), fresh(), fresh(), fresh()];
      for (const [index, seconds] of [300, 100, 200, -50].entries())
        await add(keys[index]!, seconds);
      const order: RequestId[] = [];
      await workFor(4, async ({ key }) => {
        order.push(key);
        return Promise.resolve(done);
      });
      expect(order).to.deep.equal([keys[3], keys[1], keys[2], keys[0]]);
    });

    it("give up what waits with the same members, the largest number that there is, nearest first", async () => {
      const together = z.object({ words: z.array(z.string()), release: z.string() });
      const prove = scenario().store.queue("prove", together);
      const put = async (key: RequestId, seconds: number, release: string): Promise<RequestId> => {
        const item = { words: ["1"], release };
        await prove.enqueue({ key, deadline: inSeconds(seconds), payload: item });
        return key;
      };
      const late = await put(fresh(), 300, "a");
      const first = await put(fresh(), 100, "a");
      const second = await put(fresh(), 200, "a");
      const other = await put(fresh(), 50, "b");
      const take = (release: string, counts: readonly number[]): Promise<readonly RequestId[]> =>
        scenario().store.sql.transaction(async (tx) =>
          (await prove.takeWaiting({ release }, counts, tx)).map(({ key }) => key),
        );

      expect(await prove.countWaiting({ release: "a" }, 10)).to.equal(3);
      expect(await prove.countWaiting({ release: "a" }, 2)).to.equal(2);
      expect(await take("a", [4])).to.deep.equal([]);
      expect(await take("a", [])).to.deep.equal([]);
      expect(await take("a", [1, 2, 7])).to.deep.equal([first, second]);
      expect(await prove.countWaiting({ release: "a" }, 10)).to.equal(1);

      const undone = new RangeError("from inside");
      const failing = scenario().store.sql.transaction(async (tx) => {
        await prove.takeWaiting({ release: "a" }, [1], tx);
        throw undone;
      });
      expect(await failing.catch((error: unknown) => error)).to.equal(undone);
      expect(await take("a", [1])).to.deep.equal([late]);
      expect(await take("b", [1])).to.deep.equal([other]);
    });

    it("hold a request once while it waits and while it is worked on, and again afterwards", async () => {
      const key = fresh();
      expect(await add(key)).to.equal("queued");
      expect(await add(key)).to.equal("present");
      let during: string | undefined;
      await workFor(1, async () => {
        during = await add(key);
        return done;
      });
      expect(during).to.equal("present");
      expect(await add(key)).to.equal("queued");
      expect(await add(key, 60, "prove")).to.equal("queued"); // another queue's business
      await workFor(1, () => Promise.resolve(done));
      await workFor(1, () => Promise.resolve(done), { name: "prove" });
    });

    it("tell whoever waits at once", async () => {
      const stop = new AbortController();
      const keys = [fresh(), fresh(), fresh()];
      const addIn = async (tx: Sql, key: RequestId): Promise<void> => {
        await queue().enqueue({ key, deadline: inSeconds(9), payload: { words: [] } }, tx);
      };
      const working = queue().work(
        ({ key }) => {
          const next = keys[keys.indexOf(key) + 1];
          if (next !== undefined)
            return Promise.resolve({ status: "done", commit: (tx) => addIn(tx, next) });
          stop.abort();
          return Promise.resolve(done);
        },
        { concurrency: 1, signal: stop.signal, pollMs: NEVER },
      );
      await add(keys[0]!);
      await working;
    });

    it("give the handler the payload as the schema parses it, and refuse another", async () => {
      const key = fresh();
      await queue().enqueue({ key, deadline: inSeconds(60.5), payload: { words: ["7", "8"] } });
      let seen: Payload | undefined;
      await workFor(1, async (item) => {
        seen = item.payload;
        return Promise.resolve(done);
      });
      expect(seen).to.deep.equal({ words: [7n, 8n] });
      const wrong = { key: fresh(), deadline: 1, payload: { words: [1] } } as never;
      expect(await codeOfPromise(queue().enqueue(wrong))).to.equal("PAYLOAD_INVALID");
      expect(await depth()).to.include({ ready: 0, later: 0 });
    });

    describe("when a transaction enqueues", () => {
      it("has the item where it is committed, and nothing where it is not", async () => {
        const { store } = scenario();
        const [kept, dropped] = [fresh(), fresh()];
        const item = (key: RequestId) => ({ key, deadline: inSeconds(60), payload: { words: [] } });
        await store.sql.transaction((tx) => queue().enqueue(item(kept), tx));
        const failing = store.sql.transaction(async (tx) => {
          await queue().enqueue(item(dropped), tx);
          throw new RangeError("afterwards");
        });
        await failing.catch((error: unknown) => error);
        const seen: RequestId[] = [];
        await workFor(1, async ({ key }) => {
          seen.push(key);
          return Promise.resolve(done);
        });
        expect(seen).to.deep.equal([kept]);
        expect(await depth()).to.deep.equal({ ready: 0, later: 0, active: 0, dead: 0 });
      });
    });

    describe("when an attempt is done", () => {
      it("commits what follows from it with taking it off the queue", async () => {
        const key = fresh();
        await add(key);
        const book = answers(scenario().store.sql, OPERATOR);
        await workFor(1, () =>
          Promise.resolve({
            status: "done",
            commit: async (tx) => {
              await book.put(key, [4n], tx);
              await queue("settle").enqueue(
                { key, deadline: inSeconds(9), payload: { words: [] } },
                tx,
              );
            },
          }),
        );
        expect((await book.get(key))?.words).to.deep.equal([4n]);
        expect(await depth("settle")).to.include({ ready: 1 });
        await workFor(1, () => Promise.resolve(done), { name: "settle" });
      });

      it("undoes both where the commit fails, and tries again, of which later is no attempt", async () => {
        const key = fresh();
        await add(key);
        const book = answers(scenario().store.sql, OPERATOR);
        const attempts: number[] = [];
        await workFor(3, ({ attempt }) => {
          attempts.push(attempt);
          if (attempts.length === 2) return Promise.resolve({ status: "later", seconds: 0 });
          return Promise.resolve({
            status: "done",
            commit: async (tx) => {
              await book.put(key, [BigInt(attempt)], tx);
              if (attempt === 1) throw new RangeError("after the write");
            },
          });
        });
        expect(attempts).to.deep.equal([1, 2, 2]);
        expect((await book.get(key))?.words).to.deep.equal([2n]);
      });

      it("commits nothing where another has taken the item up meanwhile", async () => {
        const key = fresh();
        await add(key);
        const { store } = scenario();
        const book = answers(store.sql, OPERATOR);
        const words: bigint[][] = [];
        await workFor(2, async ({ attempt }) => {
          if (attempt === 1) {
            // What happens to a process that sleeps through its heartbeats.
            await store.sql.query(
              "UPDATE vouch_queue.job SET state = 'retry', start_after = now() WHERE singleton_key = $1",
              [key],
            );
          }
          return {
            status: "done",
            commit: async (tx) => {
              words.push([...(await book.put(key, [BigInt(attempt)], tx))]);
            },
          };
        });
        expect(words).to.deep.equal([[2n]]);
        expect((await book.get(key))?.words).to.deep.equal([2n]);
      });
    });

    describe("when an attempt asks for later", () => {
      it("has it again then, and counts it as not tried", async () => {
        const key = fresh();
        await add(key);
        const attempts: number[] = [];
        await workFor(3, async ({ attempt }) => {
          attempts.push(attempt);
          if (attempts.length === 3) return Promise.resolve(done);
          return Promise.resolve({ status: "later", seconds: 0 });
        });
        expect(attempts).to.deep.equal([1, 1, 1]);
        await add(fresh());
        await workFor(1, () => Promise.resolve({ status: "later", seconds: 3_600 }));
        expect(await depth()).to.deep.equal({ ready: 0, later: 1, active: 0, dead: 0 });
        await scenario().store.sql.query(
          "UPDATE vouch_queue.job SET start_after = now() WHERE state < 'active'",
        );
        await workFor(1, () => Promise.resolve(done));
      });
    });

    describe("when attempts fail", () => {
      const secret = `secret 0x${"5e".repeat(32)}`;

      it("tries again, and then has a dead letter with the reason and no secret", async () => {
        const key = fresh();
        await add(key);
        await workFor(2, () => Promise.reject(new RangeError(secret)));
        const [letter, ...others] = await scenario().store.listDeadLetters();
        expect(others).to.deep.equal([]);
        expect(letter).to.deep.include({ queue: "infer", key, attempts: 2 });
        expect(letter!.reason.code).to.equal("UNKNOWN");
        expect(JSON.stringify(letter)).to.not.include(secret);
        expect(await depth()).to.deep.equal({ ready: 0, later: 0, active: 0, dead: 1 });
      });

      it("does not queue a dead letter's request again, but when it is retried", async () => {
        const { store } = scenario();
        const [letter] = await store.listDeadLetters();
        expect(await add(letter!.key)).to.equal("dead");
        expect(await store.retryDeadLetter(letter!.id)).to.equal(1);
        expect(await store.listDeadLetters()).to.deep.equal([]);
        expect(await codeOfPromise(store.retryDeadLetter(letter!.id))).to.equal(
          "DEAD_LETTER_UNKNOWN",
        );
        expect(await codeOfPromise(store.retryDeadLetter("no id"))).to.equal("DEAD_LETTER_UNKNOWN");
        expect(await add(letter!.key)).to.equal("present");
        const attempts: number[] = [];
        await workFor(2, ({ attempt, key }) => {
          attempts.push(attempt);
          expect(key).to.equal(letter!.key);
          return attempt < 2 ? Promise.reject(new RangeError("again")) : Promise.resolve(done);
        });
        expect(attempts).to.deep.equal([1, 2]); // all its attempts anew
      });

      it("queues a dead letter's request that has come to the queue anew, and keeps no letter of it", async () => {
        const { store } = scenario();
        const [key, other] = [fresh(), fresh()];
        for (const it of [key, other]) await add(it);
        await workFor(2, () => Promise.reject(new RangeError(secret)), { isHopeless: () => true });
        const item = { key, deadline: inSeconds(60), payload: { words: ["2"] } };
        expect(await queue().renew(item)).to.equal("queued");
        expect(await queue().renew(item)).to.equal("present");
        expect((await store.listDeadLetters()).map((it) => it.key)).to.deep.equal([other]);
        let words: readonly bigint[] | undefined;
        await workFor(1, ({ payload: it }) => {
          words = it.words;
          return Promise.resolve(done);
        });
        expect(words).to.deep.equal([2n]);
        await store.retryDeadLetter("all");
        await workFor(1, () => Promise.resolve(done));
      });

      it("has a dead letter at once where no retry would mend it, and retries all of them", async () => {
        const { store } = scenario();
        const keys = [fresh(), fresh()];
        for (const key of keys) await add(key);
        const typed = new QueueError({ code: "DEAD_LETTER_UNKNOWN", id: "9" });
        await workFor(2, () => Promise.reject(typed), { isHopeless: (it) => it === typed });
        const letters = await store.listDeadLetters();
        expect(letters.map(({ attempts, reason }) => [attempts, reason])).to.deep.equal([
          [1, { code: "DEAD_LETTER_UNKNOWN", message: typed.message }],
          [1, { code: "DEAD_LETTER_UNKNOWN", message: typed.message }],
        ]);
        expect(await store.retryDeadLetter("all")).to.equal(2);
        expect(await store.retryDeadLetter("all")).to.equal(0);
        const seen = new Set<RequestId>();
        await workFor(2, ({ key }) => Promise.resolve(seen.add(key)).then(() => done));
        expect([...seen].sort()).to.deep.equal([...keys].sort());
      });

      it("has a dead letter of what another program wrote", async () => {
        const { store } = scenario();
        const key = fresh();
        const other = store.queue("infer", z.object({ other: z.string() }));
        await other.enqueue({ key, deadline: 1, payload: { other: secret } });
        const stop = new AbortController();
        const working = queue().work(() => Promise.resolve(done), {
          ...{ concurrency: 1, signal: stop.signal },
        });
        await until("it is dead", async () => (await depth()).dead === 1);
        stop.abort();
        await working;
        const [letter] = await store.listDeadLetters();
        expect(letter?.reason.code).to.equal("PAYLOAD_INVALID");
        expect(JSON.stringify(letter)).to.not.include(secret);
        await store.retryDeadLetter("all");
        const second = new AbortController();
        await other.work(
          () => {
            second.abort();
            return Promise.resolve(done);
          },
          { concurrency: 1, signal: second.signal },
        );
      });
    });

    describe("when it is told to stop", () => {
      it("finishes what is under way and takes nothing more", async () => {
        const keys = Array.from({ length: 5 }, fresh);
        for (const key of keys) await add(key);
        const stop = new AbortController();
        const finished: RequestId[] = [];
        let started = 0;
        let open = (): void => undefined;
        const gate = new Promise<void>((resolve) => (open = resolve));
        const working = queue().work(
          async ({ key }) => {
            if (++started === 2) {
              stop.abort();
              open();
            }
            await gate;
            finished.push(key);
            return done;
          },
          { concurrency: 2, signal: stop.signal, pollMs: NEVER },
        );
        await working;
        expect(finished).to.have.members(keys.slice(0, 2));
        expect(await depth()).to.deep.equal({ ready: 3, later: 0, active: 0, dead: 0 });
        await workFor(3, () => Promise.resolve(done), { concurrency: 3 });
      });

      it("gives back what it took and had not begun, as if it had not", async () => {
        await add(fresh());
        const stop = new AbortController();
        const working = queue().work(() => Promise.reject(new RangeError("begun")), {
          ...{ concurrency: 1, signal: stop.signal },
        });
        stop.abort(); // its first look at the queue is under way
        await working;
        expect(await depth()).to.deep.equal({ ready: 1, later: 0, active: 0, dead: 0 });
        await workFor(1, ({ attempt }) => {
          expect(attempt).to.equal(1);
          return Promise.resolve(done);
        });
      });
    });

    describe("when more waits than there is room for", () => {
      it("says so, and says otherwise when it is worked off", async () => {
        const keys = Array.from({ length: 4 }, fresh);
        for (const key of keys.slice(1)) await add(key, 60, "prove");
        expect(await queue("prove").hasRoom()).to.equal(true);
        await add(keys[0]!, 60, "prove");
        expect(await queue("prove").hasRoom()).to.equal(false);
        await workFor(2, () => Promise.resolve(done), { name: "prove" });
        expect(await queue("prove").hasRoom()).to.equal(true);
        expect(await depth("prove")).to.include({ ready: 2 });
      });
    });
  },
  {
    infer: { retryLimit: 1, maxRetrySeconds: 1 },
    prove: { room: 4 },
  },
);
