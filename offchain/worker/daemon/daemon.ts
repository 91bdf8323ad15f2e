import type { EndpointsProvider, Sender } from "@vouch/chain";
import { proverLine } from "@vouch/prover";
import type { ProofLimits, QueueName, Store } from "@vouch/queue";
import { proofs, provenBatches } from "@vouch/queue";
import type { Logger } from "pino";
import type { ClaimOptions } from "../duties/claimFees.ts";
import { claimFees } from "../duties/claimFees.ts";
import type { PoolMembership } from "../duties/poolMembership.ts";
import { keepMembership, leavePool } from "../duties/poolMembership.ts";
import type { RoundDeps } from "../duties/serveRound.ts";
import { mayLock } from "../duties/health.ts";
import type { Enclave } from "../enclave.ts";
import { messageOf } from "../messageOf.ts";
import { pause } from "../pause.ts";
import type { Metrics, Observed } from "../observe/metrics.ts";
import { codeOfError } from "../steps/giveUp.ts";
import { settleStep } from "../steps/settleStep.ts";
import type { StepDeps } from "../steps/step.ts";
import { NEVER } from "../stopSignals.ts";
import { endsInTime } from "./endsInTime.ts";
import type { WatchOptions } from "./followRequests.ts";
import { followRequests } from "./followRequests.ts";
import type { HealthRecord } from "./healthRecord.ts";
import { holdLease } from "./holdLease.ts";
import { lowDisk } from "./lowDisk.ts";
import { readMarket } from "./readMarket.ts";
import { createSettler } from "./settler.ts";
import type { SettlerOptions } from "./settler.ts";
import type { StepQueueOptions } from "./stepQueues.ts";
import { stepQueues } from "./stepQueues.ts";
import { weighSettlement } from "./weighSettlement.ts";

/** How a daemon works; units as in `WorkerConfig`. */
export type DaemonOptions = StepQueueOptions & {
  /** Items of each queue that are worked on at once; none of a queue at 0, which is left to other processes. */
  readonly work: Readonly<Record<QueueName, number>>;
  readonly watch: WatchOptions;
  readonly settler: Omit<SettlerOptions, "parallel">;
  readonly claims: ClaimOptions;
  /** Pools to be a member of; one whose `maxStake` is zero is left. */
  readonly pools: readonly PoolMembership[];
  /** Seconds that what is under way has to end once the daemon is told to stop. */
  readonly stopSeconds: number;
  /** Seconds between looks after stake, credits and enclave. */
  readonly keepSeconds: number;
  /** Where this process keeps what it must not lose; it locks nothing new where its disk is nearly full. */
  readonly folder: string;
};

export type DaemonDeps = {
  readonly store: Store;
  readonly provider: EndpointsProvider;
  readonly sender: Omit<Sender, "start">;
  /** Ends the sender, which runs already; resolves when it has. */
  readonly stopSender: () => Promise<void>;
  readonly steps: StepDeps & RoundDeps;
  readonly enclave?: Enclave;
  readonly health: HealthRecord;
  readonly metrics: Metrics;
  readonly models: () => Observed["models"];
  readonly log: Logger;
};

/** An operator's process: one of as many as share the store. */
export type Daemon = {
  /**
   * Works until `signal` aborts, and ends what is under way within `stopSeconds`, or until `hurry` aborts. Transactions that are not
   * confirmed by then are the journal's, and their requests the queues'. Returns whether all has ended: where not, something that
   * cannot be interrupted goes on, a proof or a call to a node, of which nothing counts any more.
   */
  readonly start: (signal: AbortSignal, hurry?: AbortSignal) => Promise<boolean>;
  readonly observe: () => Promise<Observed>;
};

const HEALTH_MS = 2_000;
/** A proof outlives its request's deadline and most challenges of it; 50,000 take some 50 MB. */
const KEPT_PROOFS: ProofLimits = { maxAgeSeconds: 14 * 86_400, maxCount: 50_000 };
/** For what waited for the sender to go back to its queue. */
const RETURN_SECONDS = 1;

/** Builds a daemon on an open store; everything that it must remember is in there and on the chain. */
export function createDaemon(options: DaemonOptions, deps: DaemonDeps): Daemon {
  const { store, provider, sender, steps, health, metrics, log } = deps;
  const settler = createSettler(
    { ...options.settler, parallel: options.work.settle },
    {
      settle: (batch) => settleStep(batch, steps),
      weigh: (answered) => weighSettlement(answered, steps),
      market: () => readMarket(provider, log),
      log,
    },
  );
  const queues = stepQueues(options, { ...{ store, steps, settler, health }, ...metrics });
  const lease = `watch:${options.watch.chainId}:${steps.operator}`;
  let nextBlock = options.watch.startBlock;

  async function watch(signal: AbortSignal): Promise<void> {
    await holdLease(
      lease,
      async (held) => {
        const { contracts, courts, operator, releases } = steps;
        const follower = await followRequests(options.watch, {
          ...{ chain: provider, contracts, courts, operator, releases, store, queues, log },
        });
        const kept = keep(held);
        const told = setInterval(() => (nextBlock = follower.cursor().next), HEALTH_MS);
        try {
          await follower.start(held);
        } finally {
          clearInterval(told);
          await kept;
        }
      },
      { store, log },
      signal,
    );
  }

  /** What one process of an operator does now and then. */
  async function keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const [duty, work] of [
        ["stake", () => steps.stake.free()],
        ["credits", () => claimFees(options.claims, steps)],
        ["pools", () => keepPools()],
        ["proofs", () => proofs(store.sql).prune(KEPT_PROOFS)],
        ["batches", () => provenBatches(store.sql).prune(KEPT_PROOFS)],
      ] as const)
        await work().catch((error: unknown) => {
          if (signal.aborted) return; // the sender may be closed
          log.warn({ duty, code: codeOfError(error), error: messageOf(error) }, "duty put off");
        });
      await pause(options.keepSeconds * 1_000, signal);
    }
  }

  /** A step of each at a time: what was sent is looked at again after the pause. */
  async function keepPools(): Promise<void> {
    for (const pool of options.pools)
      await (pool.terms.maxStake === 0n ? leavePool(pool, steps) : keepMembership(pool, steps));
  }

  /** An enclave's key is its process's own. */
  async function keepEnclave({ keep: renew, stop }: Enclave, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const failure = await renew().then(
        () => undefined,
        (error: unknown) => messageOf(error),
      );
      health.dependency("enclave", failure);
      await pause(options.keepSeconds * 1_000, signal);
    }
    await stop();
  }

  /** What locking anew rests on, looked at again and again. */
  async function look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      health.dependency("sender", sender.isShared() ? "another process uses its key" : undefined);
      const up = provider.status().some(({ state }) => state === "up");
      health.dependency("chain", up ? undefined : "no endpoint answers");
      await backlog().then(
        async (reason) => {
          health.dependency("backlog", reason);
          const full = store.isFull()
            ? "the database has no room: make room on its disk"
            : undefined;
          health.dependency("disk", full ?? (await lowDisk(options.folder)));
        },
        (error: unknown) => {
          health.dependency("disk", `the database fails: ${messageOf(error)}`);
        },
      );
      await pause(HEALTH_MS, signal);
    }
  }

  async function backlog(): Promise<string | undefined> {
    for (const name of ["prove", "settle"] as const)
      if (!(await queues[name].hasRoom())) return `too many wait in ${name}`;
    return undefined;
  }

  async function observe(): Promise<Observed> {
    const depths = await store.depths();
    const { contracts, operator } = steps;
    const states = ["ready", "later", "active"] as const;
    const { open, waiting } = sender.status();
    const leave = mayLock(health.now(), performance.now() / 1_000);
    return {
      head: await provider.getBlockNumber(),
      nextBlock,
      endpoints: provider
        .status()
        .map(({ endpoint, state }) => ({ name: endpoint, isHealthy: state === "up" })),
      queues: Object.entries(depths).flatMap(([queue, depth]) =>
        states.map((state) => ({ queue, state, size: depth[state] })),
      ),
      deadLetters: Object.values(depths).reduce((sum, { dead }) => sum + dead, 0),
      pendingTransactions: open + waiting,
      freeStake: await contracts.vault.freeOwnStakeOf(operator),
      balance: await provider.getBalance(operator),
      models: deps.models(),
      prover: proverLine(),
      provers: metrics.provers(),
      mayLock: leave.may,
      ...(leave.may ? {} : { locksNothing: leave.reason }),
    };
  }

  async function start(signal: AbortSignal, hurry: AbortSignal = NEVER): Promise<boolean> {
    const { work } = options;
    const { handlers } = queues;
    // As many as a transaction takes wait for each other.
    const together = work.settle * options.settler.maxItems;
    const working = Promise.all([
      work.watch > 0 ? watch(signal) : undefined,
      work.infer > 0
        ? queues.infer.work(handlers.infer, { concurrency: work.infer, signal, isHopeless })
        : undefined,
      work.prove > 0
        ? queues.prove.work(handlers.prove, { concurrency: work.prove, signal, isHopeless })
        : undefined,
      work.settle > 0
        ? queues.settle.work(handlers.settle, { concurrency: together, signal, isHopeless })
        : undefined,
      work.watch > 0
        ? queues.watch.work(handlers.watch, { concurrency: work.watch, signal, isHopeless })
        : undefined,
      look(signal),
      deps.enclave === undefined ? undefined : keepEnclave(deps.enclave, signal),
    ]);
    signal.addEventListener(
      "abort",
      () => {
        log.info({ seconds: options.stopSeconds }, "told to stop");
        settler.close();
      },
      { once: true },
    );
    const inTime = { seconds: options.stopSeconds, stop: signal, hurry };
    if (!(await endsInTime(working, inTime)))
      log.warn(
        sender.status(),
        "stopped while steps or transactions were under way; they are kept",
      );
    // What is under way still sends: the sender stops last.
    const stopped = Promise.all([working, deps.stopSender()]);
    return endsInTime(stopped, {
      ...{ seconds: RETURN_SECONDS, stop: AbortSignal.abort(), hurry: NEVER },
    });
  }

  return { start, observe };
}

/** The step has given its lock up, and said why. */
function isHopeless(error: unknown): boolean {
  return codeOfError(error) === "GIVEN_UP";
}
