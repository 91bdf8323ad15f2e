import type { BatchLimits, GasMarket, PendingSettlement } from "@vouch/chain";
import { chooseBatch, isFull } from "@vouch/chain";
import type { RequestId } from "@vouch/protocol";
import type { Logger } from "pino";
import { WorkerError } from "../errors.ts";
import { messageOf } from "../messageOf.ts";
import type { Settled } from "../steps/settleStep.ts";
import type { Answered, Next } from "../steps/step.ts";
import type { ChainMarket } from "./readMarket.ts";
import type { SettlementWeight } from "./weighSettlement.ts";
import { BYTES_SQUARED_PER_GAS } from "./weighSettlement.ts";

/** How answers are gathered for one transaction; times in seconds. */
export type SettlerOptions = {
  /** Answers of one transaction at most. */
  readonly maxItems: number;
  /** Transactions under way at once. */
  readonly parallel: number;
  /** How long an answer waits for others to share its transaction. */
  readonly gatherSeconds: number;
  /** How long it then waits for cheaper gas, ready to pay the more the longer it has. */
  readonly waitSeconds: number;
};

export type SettlerDeps = {
  /** Brings answers to the chain; what is wrong with one is its own outcome. */
  readonly settle: (batch: readonly Answered[]) => Promise<Settled>;
  readonly weigh: (answered: Answered) => Promise<SettlementWeight>;
  readonly market: () => Promise<ChainMarket>;
  readonly log: Logger;
  /** Seconds that only grow. */
  readonly clock?: () => number;
  /** Calls back after so many seconds; returns what calls it off. */
  readonly timer?: (seconds: number, callback: () => void) => () => void;
};

/** Settles answers, those that come together by one transaction. */
export type Settler = {
  /** Returns what follows for this answer; throws what was wrong with it alone, or `STOPPING`. */
  readonly settle: (answered: Answered) => Promise<Next>;
  /** Takes no more, and gives back what waits. */
  readonly close: () => void;
};

type Waiting = {
  readonly answered: Answered;
  readonly weight: SettlementWeight;
  /** By the clock. */
  readonly since: number;
  readonly resolve: (next: Next) => void;
  readonly reject: (error: unknown) => void;
};

/** Before a request's deadline: a transaction is paid more and more until it is mined. */
const MARGIN_SECONDS = 120;
/** Between looks at a price that is too high, or at a chain that does not answer. */
const LOOK_SECONDS = 12;
/** Below the 16,777,216 of EIP-7825 by what estimates may be wrong. */
const MAX_GAS = 15_000_000n;
/** Below the 128 KiB that nodes take. */
const MAX_BYTES = 120_000;
const ANY_PRICE: GasMarket = { now: 0n, low: 0n, high: 0n };

/**
 * Returns a settler. An answer goes when its transaction is as full as it may be, or as pays, or it has waited for others long enough, and when gas costs
 * no more than its time has patience for; within the margin of its deadline it goes at any price, alone if need be. While as many
 * transactions as may are under way, the next one gathers.
 */
export function createSettler(options: SettlerOptions, deps: SettlerDeps): Settler {
  const { maxItems, parallel, gatherSeconds, waitSeconds } = options;
  const { clock = () => performance.now() / 1_000, timer = startTimer, log } = deps;
  const isHasty = gatherSeconds === 0 && waitSeconds === 0;
  let waiting: readonly Waiting[] = [];
  let underWay = 0;
  let cancel = (): void => undefined;
  let isLooking = false;
  let isRung = false;
  let isClosed = false;

  /** Looks once at a time; what comes meanwhile is looked at after it. */
  function ring(): void {
    isRung = true;
    if (isLooking) return;
    isLooking = true;
    void lookOnce().finally(() => {
      isLooking = false;
      if (isRung) ring();
    });
  }

  async function lookOnce(): Promise<void> {
    isRung = false;
    cancel();
    while (waiting.length > 0 && underWay < parallel) {
      let wait: number | undefined;
      try {
        wait = start(isHasty ? { time: 0, gas: ANY_PRICE } : await deps.market());
      } catch (error) {
        log.warn(
          { error: messageOf(error) },
          "nothing is settled while the chain's time is unknown",
        );
        wait = LOOK_SECONDS;
      }
      if (wait === undefined) continue;
      cancel = timer(Math.min(wait, LOOK_SECONDS), ring);
      return;
    }
  }

  /** Starts the next transaction, or returns the seconds in which there is none to start. */
  function start({ time, gas }: ChainMarket): number | undefined {
    if (waiting.length === 0) return undefined; // given back meanwhile
    const now = clock();
    const left = ({ since, answered }: Waiting, seconds: number): number =>
      isHasty
        ? 0
        : Math.min(since + seconds - now, answered.params.deadline - MARGIN_SECONDS - time);
    const pending = waiting.map((it): PendingSettlement => {
      const deadline = time + left(it, gatherSeconds + waitSeconds);
      return { key: it.answered.id, deadline, ...it.weight };
    });
    const limits: BatchLimits = {
      ...{ maxItems, maxGas: MAX_GAS, maxBytes: MAX_BYTES, marginSeconds: 0 },
      patienceSeconds: waitSeconds,
      baseGas: waiting.reduce((most, { weight: { baseGas: it } }) => (it > most ? it : most), 0n),
      bytesSquaredPerGas: BYTES_SQUARED_PER_GAS,
    };
    const gathers = Math.min(...waiting.map((it) => left(it, gatherSeconds)));
    if (gathers > 0 && !isFull(pending, limits)) return gathers;
    const market = waitSeconds === 0 ? ANY_PRICE : gas;
    const choice = chooseBatch(pending, market, limits, time);
    if (choice.action === "wait") return Math.max((choice.until ?? time) - time, 0);
    const keys = new Set(choice.action === "single" ? [choice.key] : choice.keys);
    const batch = waiting.filter(({ answered }) => keys.has(answered.id));
    waiting = waiting.filter(({ answered }) => !keys.has(answered.id));
    underWay += 1;
    void settleAll(batch, deps).then(() => {
      underWay -= 1;
      ring();
    });
    return undefined;
  }

  return {
    async settle(answered) {
      const weight = await deps.weigh(answered);
      if (isClosed) throw new WorkerError({ code: "STOPPING", request: answered.id });
      return new Promise<Next>((resolve, reject) => {
        waiting = [...waiting, { answered, weight, since: clock(), resolve, reject }];
        ring();
      });
    },
    close() {
      isClosed = true;
      cancel();
      const given = waiting;
      waiting = [];
      for (const { answered, reject } of given)
        reject(new WorkerError({ code: "STOPPING", request: answered.id }));
    },
  };
}

/** Never rejects: what fails is told to whoever asked for it. */
async function settleAll(
  batch: readonly Waiting[],
  { settle }: Pick<SettlerDeps, "settle">,
): Promise<void> {
  let settled: ReadonlyMap<RequestId, Next | Error>;
  try {
    settled = await settle(batch.map(({ answered }) => answered));
  } catch (error) {
    for (const { reject } of batch) reject(error);
    return;
  }
  for (const { answered, resolve, reject } of batch) {
    const next = settled.get(answered.id);
    if (next instanceof Error) reject(next);
    else resolve(next ?? { next: "over" });
  }
}

function startTimer(seconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.ceil(seconds * 1_000) + 1); // it may be early by one
  return () => {
    clearTimeout(timer);
  };
}
