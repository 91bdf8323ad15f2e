import { setTimeout as delay } from "node:timers/promises";
import type { EndpointsProvider, Sender } from "@vouch/chain";
import type { QueueName, Store } from "@vouch/queue";
import type { Logger } from "pino";
import type { ClaimOptions } from "../duties/claimFees.ts";
import { claimFees } from "../duties/claimFees.ts";
import type { RoundDeps } from "../duties/serveRound.ts";
import { mayLock } from "../duties/health.ts";
import type { Enclave } from "../enclave.ts";
import { messageOf } from "../messageOf.ts";
import type { Metrics, Observed } from "../observe/metrics.ts";
import { codeOfError } from "../steps/giveUp.ts";
import type { StepDeps } from "../steps/step.ts";
import type { WatchOptions } from "./followRequests.ts";
import { followRequests } from "./followRequests.ts";
import type { HealthRecord } from "./healthRecord.ts";
import { holdLease } from "./holdLease.ts";
import { lowDisk } from "./lowDisk.ts";
import { createSettler } from "./settler.ts";
import type { SettlerOptions } from "./settler.ts";
import type { StepQueueOptions } from "./stepQueues.ts";
import { stepQueues } from "./stepQueues.ts";

/** How a daemon works; units as in `WorkerConfig`. */
export type DaemonOptions = StepQueueOptions & {
  /** Items of each queue that are worked on at once; none of a queue at 0, which is left to other processes. */
  readonly work: Readonly<Record<QueueName, number>>;
  readonly watch: WatchOptions;
  readonly settler: SettlerOptions;
  readonly claims: ClaimOptions;
  /** Seconds between looks after stake, credits and enclave. */
  readonly keepSeconds: number;
  /** Where this process keeps what it must not lose; it locks nothing new where its disk is nearly full. */
  readonly folder: string;
};

export type DaemonDeps = {
  readonly store: Store;
  readonly provider: EndpointsProvider;
  readonly sender: Sender;
  readonly steps: StepDeps & RoundDeps;
  readonly enclave?: Enclave;
  readonly health: HealthRecord;
  readonly metrics: Metrics;
  readonly models: () => Observed["models"];
  readonly log: Logger;
};

/** An operator's process: one of as many as share the store. */
export type Daemon = {
  /** Works until `signal` aborts; finishes what is under way. What is not, the store keeps for the next process. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  readonly observe: () => Promise<Observed>;
};

const HEALTH_MS = 2_000;

/** Builds a daemon on an open store; everything that it must remember is in there and on the chain. */
export function createDaemon(options: DaemonOptions, deps: DaemonDeps): Daemon {
  const { store, provider, sender, steps, health, metrics, log } = deps;
  const settler = createSettler(options.settler, steps);
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
      ] as const)
        await work().catch((error: unknown) => {
          log.warn({ duty, code: codeOfError(error), error: messageOf(error) }, "duty put off");
        });
      await pause(options.keepSeconds * 1_000, signal);
    }
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
          health.dependency("disk", await lowDisk(options.folder));
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
      mayLock: leave.may,
      ...(leave.may ? {} : { locksNothing: leave.reason }),
    };
  }

  async function start(signal: AbortSignal): Promise<void> {
    // What is under way still sends: the sender stops last.
    const sending = new AbortController();
    const sent = sender.start(sending.signal);
    const { work } = options;
    const { handlers } = queues;
    // As many as a transaction takes wait for each other.
    const together = work.settle * options.settler.maxItems;
    await Promise.all([
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
    sending.abort();
    await sent;
  }

  return { start, observe };
}

/** The step has given its lock up, and said why. */
function isHopeless(error: unknown): boolean {
  return codeOfError(error) === "GIVEN_UP";
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
