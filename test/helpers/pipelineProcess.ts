// A process that takes requests through the four queues until so many are settled, or ends itself at its n-th step in the
// middle of whatever it does: what the power does to a worker. Its one argument is JSON of PipelineLife.
import { parseRequestId } from "@vouch/protocol";
import type { Hex, RequestId } from "@vouch/protocol";
import type {
  Handler,
  Item,
  Outcome,
  Queue,
  QueueName,
  Sql,
  Store,
  StoreOptions,
} from "@vouch/queue";
import { answers, openStore, signLog, transactions } from "@vouch/queue";
import { id } from "ethers";
import { SILENT } from "./stores.ts";

export type PipelineLife = {
  readonly options: StoreOptions;
  readonly total: number;
  /** The step at which it ends itself; never where 0. */
  readonly dieAt: number;
};

type Payload = { readonly index: number };
type PipelineQueue = Queue<Payload, Payload>;

export const OPERATOR: Hex = `0x${"0a".repeat(20)}`;
export const CHAIN_ID = 31_337n;
/** Soon taken up again: tests do not wait for heartbeats. */
export const PIPELINE_QUEUES: NonNullable<StoreOptions["queues"]> = Object.fromEntries(
  ["watch", "infer", "prove", "settle"].map((name) => [
    name,
    { retryLimit: 1_000, maxRetrySeconds: 1, expireSeconds: 2 },
  ]),
);
const CONCURRENCY = 8;

/** Checks nothing that a test is about. */
const schema = {
  parse: (value: unknown): unknown => value,
  _input: { index: 0 } as Payload,
  _output: { index: 0 } as Payload,
};

export function requestAt(index: number): RequestId {
  return parseRequestId(id(`pipeline ${index}`));
}

export function pipelineQueue(store: Store, name: QueueName): PipelineQueue {
  return store.queue(name, schema);
}

/** Which queues a request goes through after the first: every third is proven. */
export function stepsOf(index: number): readonly QueueName[] {
  return index % 3 === 0 ? ["watch", "infer", "prove", "settle"] : ["watch", "infer", "settle"];
}

/** Adds an item for step `position` of a request. */
export async function enqueueStep(
  store: Store,
  index: number,
  position: number,
  tx?: Sql,
): Promise<void> {
  const name = stepsOf(index)[position];
  if (name === undefined) return;
  const deadline = Date.now() / 1_000 + 60 + index;
  await pipelineQueue(store, name).enqueue(
    { key: requestAt(index), deadline, payload: { index } },
    tx,
  );
}

/** Empties all tables, makes one that takes each effect as often as it happens, and adds the first step of so many requests. */
export async function fillPipeline(store: Store, total: number): Promise<void> {
  await store.sql.query(
    "CREATE TABLE IF NOT EXISTS effects (step text, request text, at timestamptz DEFAULT clock_timestamp())",
  );
  await store.sql.query(
    "TRUNCATE effects, vouch.answers, vouch.evidence, vouch.signed, vouch.senders",
  );
  await store.sql.query("TRUNCATE vouch.transactions, vouch.nonces, vouch.attempts");
  await store.sql.transaction(async (tx) => {
    for (let index = 0; index < total; index++) await enqueueStep(store, index, 0, tx);
  });
}

async function live({ options, total, dieAt }: PipelineLife): Promise<void> {
  const store = await openStore(options, { log: SILENT });
  const stop = new AbortController();
  const log = signLog(store.sql, OPERATOR);
  const book = answers(store.sql, OPERATOR);
  const journal = transactions(store.sql, CHAIN_ID);
  let steps = 0;
  const step = (): void => {
    steps += 1;
    if (steps === dieAt) process.kill(process.pid, "SIGKILL");
  };

  /** What a step does outside of the queue's transaction: all of it bears to be done twice. */
  const act: Readonly<Record<QueueName, (key: RequestId, index: number) => Promise<unknown>>> = {
    watch: () => Promise.resolve(),
    infer: async (key, index) => {
      await book.put(key, [BigInt(index)]);
      step();
      await log.record(key, id(`statement ${index}`) as Hex);
    },
    prove: (key) => book.putEvidence(key, "zk", "0x00"),
    settle: (key) => {
      const intent = { key, to: OPERATOR, data: "0x", value: 0n, gasLimit: 21_000n } as const;
      return journal.reserve(OPERATOR, intent, 0);
    },
  };

  const handlerOf =
    (name: QueueName): Handler<Payload> =>
    async ({ key, payload: { index } }: Item<Payload>): Promise<Outcome> => {
      step();
      await act[name](key, index);
      step();
      return {
        status: "done",
        async commit(tx) {
          await tx.query("INSERT INTO effects (step, request) VALUES ($1, $2)", [name, key]);
          step();
          await enqueueStep(store, index, stepsOf(index).indexOf(name) + 1, tx);
          step();
        },
      };
    };

  const watch = setInterval(() => {
    void settledIn(store).then(
      (settled) => {
        if (settled >= total) stop.abort();
      },
      () => undefined, // the database is away; it is asked again
    );
  }, 100);
  const names: readonly QueueName[] = ["watch", "infer", "prove", "settle"];
  await Promise.all(
    names.map((name) =>
      pipelineQueue(store, name).work(handlerOf(name), {
        ...{ concurrency: CONCURRENCY, signal: stop.signal },
      }),
    ),
  );
  clearInterval(watch);
  await store.close();
}

/** How many requests are settled. */
export async function settledIn(store: Pick<Store, "sql">): Promise<number> {
  const [row] = await store.sql.query(
    "SELECT count(DISTINCT request)::int AS settled FROM effects WHERE step = 'settle'",
  );
  return Number(row?.["settled"]);
}

if (import.meta.main) await live(JSON.parse(process.argv[2] ?? "") as PipelineLife);
