import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { WorkerEvent } from "../events.ts";
import { KEPT_PROVER } from "../proving/proofEvents.ts";

/** What a worker counts, for Prometheus; every name begins with `vouch_`. */
export type Metrics = {
  readonly registry: Registry;
  /** Counts what happened to a request, and how long it took. */
  readonly onEvent: (event: WorkerEvent) => void;
  /** What was counted of proofs since the process began. */
  readonly provers: () => readonly ProverCount[];
  /** Counts a step that failed, by the code of its error. */
  readonly onFailure: (step: string, code: string | undefined) => void;
  /** Sets what is looked at, not counted; called before each scrape. */
  readonly observe: (facts: Observed) => void;
};

/** Proofs of one prover, or of the store that keeps them (`kept`). */
export type ProverCount = {
  readonly prover: string;
  /** That verified: made by a prover, found in the store. */
  readonly held: number;
  /** That did not verify, and were not used. */
  readonly refused: number;
  /** Times that it ended without one. */
  readonly failed: number;
};

/** How a worker stands; amounts in wei, blocks as numbers. */
export type Observed = {
  readonly head: number;
  /** First block that it has not read. */
  readonly nextBlock: number;
  readonly endpoints: readonly { readonly name: string; readonly isHealthy: boolean }[];
  readonly queues: readonly {
    readonly queue: string;
    readonly state: string;
    readonly size: number;
  }[];
  readonly deadLetters: number;
  /** Transactions that are sent and not mined. */
  readonly pendingTransactions: number;
  readonly freeStake: bigint;
  readonly balance: bigint;
  readonly models: { readonly loaded: number; readonly bytes: number };
  /** Of those that were asked for a proof. */
  /** What makes its proofs, and why that. */
  readonly prover: string;
  readonly provers: readonly ProverCount[];
  /** Whether it takes new locks. */
  readonly mayLock: boolean;
  /** Why it takes none, where it does not. */
  readonly locksNothing?: string;
};

const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 30, 120];

/** Returns the metrics of one process. */
export function createMetrics(registry: Registry = new Registry()): Metrics {
  const registers = [registry];
  const requests = new Counter({
    name: "vouch_requests_total",
    help: "Requests by what became of them.",
    labelNames: ["status"] as const,
    registers,
  });
  const seconds = new Histogram({
    name: "vouch_step_seconds",
    help: "Wall seconds of a request's steps.",
    labelNames: ["step"] as const,
    buckets: SECONDS,
    registers,
  });
  const gas = new Counter({
    name: "vouch_gas_total",
    help: "Gas that the operator's transactions used.",
    labelNames: ["transaction"] as const,
    registers,
  });
  const failures = new Counter({
    name: "vouch_failures_total",
    help: "Steps that failed, by the code of the error.",
    labelNames: ["step", "code"] as const,
    registers,
  });
  const proofs = new Counter({
    name: "vouch_proofs_total",
    help: "Proofs by who made them and whether they verify; those that were found again are of the prover kept.",
    labelNames: ["prover", "verdict"] as const,
    registers,
  });
  const counts = new Map<string, ProverCount>();
  const observe = gauges(registers);

  function onProof(prover: string, verdict: "held" | "refused" | "failed"): void {
    proofs.inc({ prover, verdict });
    const before = counts.get(prover) ?? { prover, held: 0, refused: 0, failed: 0 };
    counts.set(prover, { ...before, [verdict]: before[verdict] + 1 });
  }

  return {
    registry,
    provers: () => [...counts.values()],
    onEvent(event) {
      if (event.status === "proofMade") onProof(event.prover, "held");
      else if (event.status === "proofFound") onProof(KEPT_PROVER, "held");
      else if (event.status === "proverFailed") onProof(event.prover, "failed");
      else if (event.status === "proofRefused") onProof(event.prover, "refused");
      else requests.inc({ status: event.status });
      if ("ms" in event) seconds.observe({ step: event.status }, event.ms / 1_000);
      if ("gasUsed" in event) gas.inc({ transaction: event.status }, Number(event.gasUsed));
    },
    onFailure(step, code) {
      failures.inc({ step, code: code ?? "unknown" });
    },
    observe,
  };
}

function gauges(registers: Registry[]): Metrics["observe"] {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ) => new Gauge<Label>({ name: `vouch_${name}`, help, labelNames, registers });
  const head = gauge("chain_head_block", "Newest block that an endpoint knows.");
  const lag = gauge("chain_lag_blocks", "Blocks that are not read yet.");
  const healthy = gauge("endpoint_healthy", "Whether an endpoint answers in time.", ["endpoint"]);
  const depth = gauge("queue_depth", "What waits in a queue, or is worked on.", ["queue", "state"]);
  const dead = gauge("dead_letters", "Requests that were given up and wait for somebody to look.");
  const pending = gauge("transactions_pending", "Transactions that are sent and not mined.");
  const stake = gauge("free_stake_ether", "Stake that new locks may expose.");
  const balance = gauge("balance_ether", "What the operator pays gas from.");
  const loaded = gauge("models_loaded", "Models that are loaded.");
  const bytes = gauge("models_bytes", "Bytes that loaded models take.");
  const locks = gauge("may_lock", "Whether new locks are taken.");
  return (facts) => {
    head.set(facts.head);
    lag.set(Math.max(0, facts.head - facts.nextBlock + 1));
    healthy.reset();
    for (const { name, isHealthy } of facts.endpoints)
      healthy.set({ endpoint: name }, Number(isHealthy));
    depth.reset();
    for (const { queue, state, size } of facts.queues) depth.set({ queue, state }, size);
    dead.set(facts.deadLetters);
    pending.set(facts.pendingTransactions);
    stake.set(ether(facts.freeStake));
    balance.set(ether(facts.balance));
    loaded.set(facts.models.loaded);
    bytes.set(facts.models.bytes);
    locks.set(Number(facts.mayLock));
  };
}

/** For a plot: exact amounts are in logs and on the chain. */
function ether(wei: bigint): number {
  return Number(wei) / 1e18;
}
