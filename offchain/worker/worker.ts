import { randomBytes } from "node:crypto";
import type { Contracts, Domain, Hex, RequestId } from "@vouch/protocol";
import {
  connectCourts,
  decodeRequestParams,
  parseAddress,
  statementDigest,
  statementTypedData,
} from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import { z } from "zod";
import type { Cursor } from "./cursor.ts";
import type { ProveDeps } from "./duties/proveAnswer.ts";
import { chainNow } from "./duties/duty.ts";
import { memoryBytes } from "./duties/keptBytes.ts";
import { createStakeKeeper } from "./duties/stakeKeeper.ts";
import type { Enclave } from "./enclave.ts";
import { WorkerError } from "./errors.ts";
import type { WorkerEvent } from "./events.ts";
import { logEvent } from "./events.ts";
import { messageOf } from "./messageOf.ts";
import { pause } from "./pause.ts";
import { joinSecret } from "./proving/joinSecret.ts";
import { memoryBatches } from "./proving/keptBatches.ts";
import { createStatementProver } from "./proving/statementProver.ts";
import type { Openings } from "./openings.ts";
import type { Releases } from "./releases.ts";
import { directSend } from "./send.ts";
import type { SignLog } from "./signLog.ts";
import { memoryAnswers } from "./steps/answers.ts";
import { codeOfError, giveUp, isHopeless } from "./steps/giveUp.ts";
import { inferStep } from "./steps/inferStep.ts";
import { proveStep } from "./steps/proveStep.ts";
import { settleStep } from "./steps/settleStep.ts";
import type { Next, Plan, StepDeps, Watched } from "./steps/step.ts";
import { DEFENCE_COSTS } from "./steps/step.ts";
import { watchStep } from "./steps/watchStep.ts";

const optionsSchema = z.object({
  /** Block of the first request that can concern this operator. */
  startBlock: z.number().int().nonnegative(),
  /** Wall milliseconds between looks at the chain. */
  pollIntervalMs: z.number().int().min(10).default(2_000),
  /** Blocks that must lie on top of a request before it is served. */
  confirmations: z.number().int().nonnegative().default(0),
  /** Wei. */
  minFee: z.bigint().nonnegative().default(0n),
  /** Tokens besides the native one that requests may be paid in, and what they have to pay; none where absent. */
  tokens: z
    .map(
      z.string().transform((it) => parseAddress(it)),
      z.object({
        minFee: z.bigint().nonnegative(),
        minGasPrice: z.bigint().nonnegative().default(0n),
      }),
    )
    .default(new Map()),
  /** Gas of verification that a request must reimburse, where one circuit proves the release; more for segments. */
  minVerificationGas: z.number().int().nonnegative().default(200_000),
  /** Seconds that must be left until a request's deadline for it to be locked. */
  minServeSeconds: z.number().int().nonnegative().default(30),
  /** Seconds ahead that a request's lock deadline may lie. */
  maxHorizonSeconds: z
    .number()
    .int()
    .positive()
    .default(7 * 86_400),
  /** Blocks asked of the node at once. */
  blockRange: z.number().int().positive().default(2_000),
});

/** How a worker behaves; see the schema for units and defaults. */
export type WorkerOptions = z.input<typeof optionsSchema>;

/** What a worker works with; contracts send through the operator's signer. */
export type WorkerDeps = {
  readonly signer: Signer;
  readonly operator: Hex;
  readonly contracts: Contracts;
  readonly domain: Domain;
  readonly home: Pick<Home, "receipts">;
  readonly openings: Openings;
  readonly releases: Releases;
  readonly signLog: SignLog;
  /** The one that this process runs in; without it no tee evidence is produced. */
  readonly enclave?: Enclave;
  readonly cursor: Cursor;
  readonly log: Logger;
  readonly onEvent?: (event: WorkerEvent) => void;
};

/** An operator in one process, which takes its requests one after the other. */
export type Worker = {
  /** Serves until `signal` aborts, then stops its enclave; a step under way is finished first. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Looks at the chain once and serves what is open; returns the number of requests that are left. */
  readonly poll: () => Promise<number>;
};

/** How far a request has come in this process. */
type Stage =
  | { readonly at: "infer" }
  | { readonly at: "prove" | "settle"; readonly plan: Plan }
  | { readonly at: "watch" };

type Pending = {
  readonly request: Watched;
  readonly stage: Stage;
  readonly block: number;
  /** How often it failed, and the wall time before which it is not tried again. */
  readonly failures: number;
  readonly notBefore: number;
  /** Second of the chain before which nothing can be done. */
  readonly until: number;
};

const MAX_BACK_OFF_MS = 60_000;

/**
 * Builds a worker for one process and a chain that it can wait for: tasks, demonstrations, chains that end with their process. All
 * that it must remember is on the chain, in the sign log and in the cursor, so that a killed one starts again where it was:
 * requests that it had locked are served, none is signed twice. Many requests at once are `createDaemon`'s.
 *
 * @throws {WorkerError} `OPTIONS_INVALID`.
 */
export function createWorker(workerOptions: WorkerOptions, deps: WorkerDeps): Worker {
  const parsed = optionsSchema.safeParse(workerOptions);
  if (!parsed.success) {
    throw new WorkerError(
      { code: "OPTIONS_INVALID", reason: parsed.error.message },
      { cause: parsed.error },
    );
  }
  const options = { ...parsed.data, defence: DEFENCE_COSTS };
  const { contracts, cursor, log, releases } = deps;
  const pending = new Map<RequestId, Pending>();
  let nextBlock = cursor.load() ?? options.startBlock;
  let steps: Promise<StepDeps & ProveDeps> | undefined;

  async function readRequests(): Promise<void> {
    const head = (await providerOf(deps.signer).getBlockNumber()) - options.confirmations;
    while (nextBlock <= head) {
      const last = Math.min(head, nextBlock + options.blockRange - 1);
      const events = await contracts.requests.queryFilter(
        contracts.requests.filters.InferenceRequested(),
        nextBlock,
        last,
      );
      for (const { args, blockNumber } of events) {
        const params = decodeRequestParams(args.params);
        if (!releases.has(params.release)) continue;
        const id = args.id as RequestId;
        const stage = { at: "infer" } as const;
        const request = { id, params };
        pending.set(id, {
          ...{ request, stage, block: blockNumber, failures: 0, notBefore: 0, until: 0 },
        });
      }
      nextBlock = last + 1;
    }
  }

  /** Takes steps until nothing can be done for now; returns whether the request is done with. */
  async function advance(item: Pending, within: StepDeps & ProveDeps): Promise<boolean> {
    for (let { stage } = item; ;) {
      const next = await take(item.request, stage, within);
      if (next.next === "over") {
        const { reason } = next;
        if (reason !== undefined)
          within.emit({ status: "skipped", request: item.request.id, reason });
        return true;
      }
      if (next.next === "served") return true;
      if (next.next === "later") {
        pending.set(item.request.id, { ...item, stage, until: next.until });
        return false;
      }
      stage = stageOf(next);
      pending.set(item.request.id, { ...item, stage });
    }
  }

  async function take(request: Watched, stage: Stage, within: StepDeps & ProveDeps): Promise<Next> {
    switch (stage.at) {
      case "infer":
        return inferStep(request, options, within);
      case "prove":
        return proveStep({ ...request, plan: stage.plan }, within);
      case "settle": {
        const settled = await settleStep([{ ...request, plan: stage.plan }], within);
        const next = settled.get(request.id);
        if (next instanceof Error) throw next;
        return next ?? { next: "over" };
      }
      case "watch":
        return watchStep(request, { defends: deps.operator, rerunLimit: 0n }, within);
    }
  }

  /** Drops a request that cannot be served, or puts it off. */
  async function setBack(item: Pending, error: unknown, within: StepDeps): Promise<void> {
    const { request } = item;
    const { id } = request;
    const code = codeOfError(error);
    if (isHopeless(error) && (await unlocked(request, within))) {
      pending.delete(id);
      within.emit({ status: "skipped", request: id, reason: messageOf(error) });
      return;
    }
    const failures = item.failures + 1;
    const stage = pending.get(id)?.stage ?? item.stage;
    const notBefore = performance.now() + backOff(failures);
    pending.set(id, { ...item, stage, failures, notBefore });
    log.warn({ requestId: id, code, failures, error: messageOf(error) }, "request not served yet");
  }

  /** One request that cannot be unlocked now must not keep the others from being served. */
  async function unlocked(request: Watched, within: StepDeps): Promise<boolean> {
    try {
      await giveUp(request, within);
      return true;
    } catch (error) {
      log.warn({ requestId: request.id, error: messageOf(error) }, "request not unlocked yet");
      return false;
    }
  }

  function backOff(failures: number): number {
    return Math.min(options.pollIntervalMs * 2 ** Math.min(failures, 16), MAX_BACK_OFF_MS);
  }

  /** A key that cannot be kept now keeps no request from being served by other evidence. */
  async function keepEnclave(): Promise<void> {
    try {
      await deps.enclave?.keep();
    } catch (error) {
      log.error({ code: codeOfError(error), error: messageOf(error) }, "enclave's key not kept");
    }
  }

  async function poll(signal?: AbortSignal): Promise<number> {
    steps ??= stepDeps(options, deps);
    const within = await steps.catch((error: unknown) => {
      steps = undefined; // the chain may answer the next time
      throw error;
    });
    await keepEnclave();
    await readRequests();
    const now = await chainNow(contracts);
    for (const item of [...pending.values()]) {
      if (signal?.aborted === true) break;
      if (performance.now() < item.notBefore || now < item.until) continue;
      try {
        if (await advance(item, within)) pending.delete(item.request.id);
      } catch (error) {
        await setBack(item, error, within);
      }
    }
    const oldest = Math.min(nextBlock, ...[...pending.values()].map(({ block }) => block));
    await cursor.save(oldest);
    return pending.size;
  }

  async function start(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await poll(signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        log.error({ failures, error: messageOf(error) }, "cannot reach the chain; trying again");
      }
      await pause(failures === 0 ? options.pollIntervalMs : backOff(failures), signal);
    }
    await deps.enclave?.stop();
  }

  return { start, poll };
}

/** Requests come one after the other: none waits for others to be proven with. */
function stageOf(next: Exclude<Next, { readonly next: "over" | "served" | "later" }>): Stage {
  switch (next.next) {
    case "prove":
    case "gather":
      return { at: "prove", plan: next.plan };
    case "settle":
      return { at: "settle", plan: next.plan };
    default:
      return { at: next.next };
  }
}

/** What the steps work with in one process: what they keep ends with it, but for the sign log. */
async function stepDeps(
  { startBlock, blockRange, confirmations, pollIntervalMs }: z.output<typeof optionsSchema>,
  deps: WorkerDeps,
): Promise<StepDeps & ProveDeps> {
  const { signer, contracts, domain, signLog, log } = deps;
  const base = {
    ...deps,
    courts: await connectCourts(contracts),
    send: directSend(signer, pollIntervalMs),
    fromBlock: startBlock,
  };
  const emit = (event: WorkerEvent): void => {
    logEvent(log, event);
    deps.onEvent?.(event);
  };
  return {
    ...{ ...base, emit },
    answers: memoryAnswers(),
    prover: createStatementProver({ joins: joinSecret(randomBytes(32)), onEvent: emit }),
    batches: memoryBatches(),
    proofs: memoryBytes(),
    stake: createStakeKeeper({ blockRange, confirmations }, base),
    signer: {
      async sign(statement) {
        const { domain: at, types, value } = statementTypedData(domain, statement);
        signLog.record(statement.request, statementDigest(domain, statement));
        return { signature: (await signer.signTypedData(at, types, value)) as Hex, path: [] };
      },
    },
  };
}

function providerOf({ provider }: Signer): NonNullable<Signer["provider"]> {
  if (provider === null)
    throw new WorkerError({ code: "OPTIONS_INVALID", reason: "the signer has no provider" });
  return provider;
}
