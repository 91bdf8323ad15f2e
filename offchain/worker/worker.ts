import { setTimeout as delay } from "node:timers/promises";
import { settlementGas } from "@vouch/compiler";
import type {
  Contracts,
  Domain,
  Hex,
  Policy,
  ReleaseId,
  RequestId,
  RequestParams,
} from "@vouch/protocol";
import {
  conjoin,
  decodePolicy,
  decodeRequestParams,
  encodeRequestParams,
  enumName,
  REQUEST_STATUSES,
  SEGMENT_VERIFICATION_GAS,
} from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import { z } from "zod";
import { callbackRoom } from "./callbackRoom.ts";
import type { Cursor } from "./cursor.ts";
import type { Enclave } from "./enclave.ts";
import { WorkerError } from "./errors.ts";
import type { WorkerEvent } from "./events.ts";
import { messageOf } from "./messageOf.ts";
import type { Producible } from "./planEvidence.ts";
import { planEvidence } from "./planEvidence.ts";
import type { Acceptance } from "./refusalOf.ts";
import { refusalOf } from "./refusalOf.ts";
import { openInput } from "./runRelease.ts";
import { serveRequest, timed } from "./serveRequest.ts";
import { freeStake } from "./freeStake.ts";
import type { ServedRelease } from "./servedRelease.ts";
import type { SignLog } from "./signLog.ts";

const optionsSchema = z.object({
  /** Block of the first request that can concern this operator. */
  startBlock: z.number().int().nonnegative(),
  /** Wall milliseconds between looks at the chain. */
  pollIntervalMs: z.number().int().min(10).default(2_000),
  /** Blocks that must lie on top of a request before it is served. */
  confirmations: z.number().int().nonnegative().default(0),
  /** Wei. */
  minFee: z.bigint().nonnegative().default(0n),
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
  readonly home: Pick<Home, "inputs" | "outputs" | "receipts">;
  readonly releases: ReadonlyMap<ReleaseId, ServedRelease>;
  readonly signLog: SignLog;
  /** The one that this process runs in; without it no tee evidence is produced. */
  readonly enclave?: Enclave;
  readonly cursor: Cursor;
  readonly log: Logger;
  readonly onEvent?: (event: WorkerEvent) => void;
};

/** The operator's daemon. */
export type Worker = {
  /** Serves until `signal` aborts, then stops its enclave; a step under way is finished first. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Looks at the chain once and serves what is open; returns the number of requests that are left. */
  readonly poll: () => Promise<number>;
};

type Pending = {
  readonly id: RequestId;
  readonly params: RequestParams;
  readonly block: number;
  /** How often serving failed, and the wall time before which it is not tried again. */
  readonly failures: number;
  readonly notBefore: number;
};

/** Errors that no waiting mends: the lock is given up and the request left to others. */
const HOPELESS: ReadonlySet<string> = new Set([
  "EQUIVOCATION_REFUSED",
  "FULFILMENT_REFUSED",
  "INPUT_OPENING_INVALID",
  "MODEL_RUN_FAILED",
  "POLICY_NOT_SERVABLE",
  "PROOF_INVALID",
  "PROOF_REJECTED",
  "RELEASE_NOT_SERVED",
  "WITNESS_REFUSED",
  "ZKEY_INVALID",
]);

const MAX_BACK_OFF_MS = 60_000;

/**
 * Builds a worker. All that it must remember is on the chain, in the sign log and in the cursor, so that a killed worker
 * starts again where it was: requests that it had locked are served, none is signed twice.
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
  const options = parsed.data;
  const { contracts, cursor, log, releases } = deps;
  const emit = (event: WorkerEvent): void => {
    log.info(loggable(event), `request ${event.status}`);
    deps.onEvent?.(event);
  };
  const pending = new Map<RequestId, Pending>();
  let nextBlock = cursor.load() ?? options.startBlock;

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
        if (releases.has(params.release)) {
          const id = args.id as RequestId;
          pending.set(id, { id, params, block: blockNumber, failures: 0, notBefore: 0 });
        }
      }
      nextBlock = last + 1;
    }
  }

  /** Returns whether the request is done with, as far as this operator is concerned. */
  async function advance({ id, params }: Pending): Promise<boolean> {
    const status = enumName(REQUEST_STATUSES, await contracts.requests.statusOf(id));
    if (status === "none") return true; // a reorg took it; `confirmations` says how deep one may go
    if (status !== "open" && status !== "locked") return true;
    const now = await chainTime(deps.signer);
    const holder =
      status === "locked" ? (await contracts.requests.operatorOf(id)).toLowerCase() : undefined;
    if (status === "locked" && holder !== deps.operator) return now > params.deadline;
    if (now > (status === "open" ? params.lockDeadline : params.deadline)) {
      if (status === "open") return true;
      await (await contracts.requests.expire(id, encodeRequestParams(params))).wait();
      emit({
        status: "skipped",
        request: id,
        reason: "the deadline passed; the requester was refunded",
      });
      return true;
    }

    const served = releases.get(params.release);
    if (served === undefined)
      throw new WorkerError({ code: "RELEASE_NOT_SERVED", release: params.release });
    const floor = decodePolicy(await contracts.models.floorOf(params.release));
    const policy = conjoin(floor, params.policy);
    // What is locked is served as long as the enclave stands; what is not has to be sure of it until the deadline.
    const plan = await planFor(policy, served, status === "open" ? params.deadline : undefined);
    const refusal =
      status === "open"
        ? refusalOf(params, acceptanceOf(policy, plan, served), now, await gasPrice())
        : undefined;
    if (refusal !== undefined) {
      emit({ status: "skipped", request: id, reason: refusal });
      return true;
    }
    openInput(served, params.input, deps.home.inputs); // available before a lock is taken
    if (status === "open") await lock(id, params);
    await serveRequest(id, params, served, plan, { ...deps, emit });
    return true;
  }

  function acceptanceOf(
    policy: Policy,
    plan: ReadonlySet<Producible>,
    { models, compiled: { input, output } }: ServedRelease,
  ): Acceptance {
    const more = plan.has("zk") ? (models.length - 1) * SEGMENT_VERIFICATION_GAS : 0;
    return {
      ...options,
      minVerificationGas: options.minVerificationGas + more,
      maxCallbackGas: callbackRoom(
        settlementGas(input, output).fulfil + more,
        policy,
        models.length,
      ),
    };
  }

  async function gasPrice(): Promise<bigint> {
    return (await providerOf(deps.signer).getFeeData()).gasPrice ?? 0n;
  }

  function planFor(
    policy: Policy,
    { id, circuit, release }: ServedRelease,
    deadline: number | undefined,
  ): Promise<ReadonlySet<Producible>> {
    return planEvidence(policy, {
      circuit: {
        id: release.circuit,
        circuit,
        isAttestedBy: (verifier) => contracts.circuits.isAttestedBy(release.circuit, verifier),
      },
      enclave: async () =>
        (await deps.enclave?.standing(id, deadline)) ?? { reason: "it runs in no enclave" },
    });
  }

  async function lock(id: RequestId, params: RequestParams): Promise<void> {
    const holder = await contracts.requests.getAddress();
    let free = await contracts.vault.availableTo(deps.operator, holder);
    if (free < params.stake && (await freeStake(contracts, deps.operator, options.startBlock)) > 0)
      free = await contracts.vault.availableTo(deps.operator, holder);
    if (free < params.stake) {
      throw new WorkerError({
        code: "OPERATOR_NOT_STAKED",
        operator: deps.operator,
        needed: params.stake,
        free,
      });
    }
    const locked = await timed(async () => {
      const sent = await contracts.requests.lock(id, encodeRequestParams(params));
      const mined = await sent.wait();
      if (mined === null) throw new WorkerError({ code: "TRANSACTION_LOST", txHash: sent.hash });
      return mined;
    });
    const { gasUsed, hash } = locked.value;
    emit({ status: "locked", request: id, ms: locked.ms, gasUsed, txHash: hash as Hex });
  }

  /**
   * Gives up a lock that this operator cannot honour, so that another may; a lock that others hold is left alone. Returns
   * whether it is given up: one request that cannot be unlocked now must not keep the others from being served.
   */
  async function unlocked({ id, params }: Pending): Promise<boolean> {
    try {
      const { requests } = contracts;
      const status = enumName(REQUEST_STATUSES, await requests.statusOf(id));
      if (status !== "locked") return true;
      if ((await requests.operatorOf(id)).toLowerCase() !== deps.operator) return true;
      await (await requests.unlock(id, encodeRequestParams(params))).wait();
      return true;
    } catch (error) {
      log.warn({ requestId: id, error: messageOf(error) }, "request not unlocked yet");
      return false;
    }
  }

  /** Drops a request that cannot be served, or puts it off. */
  async function setBack(request: Pending, error: unknown): Promise<void> {
    const { id } = request;
    const code = codeOf(error);
    if (code !== undefined && HOPELESS.has(code) && (await unlocked(request))) {
      pending.delete(id);
      emit({ status: "skipped", request: id, reason: messageOf(error) });
      return;
    }
    const failures = request.failures + 1;
    pending.set(id, { ...request, failures, notBefore: performance.now() + backOff(failures) });
    log.warn({ requestId: id, code, failures, error: messageOf(error) }, "request not served yet");
  }

  function backOff(failures: number): number {
    return Math.min(options.pollIntervalMs * 2 ** Math.min(failures, 16), MAX_BACK_OFF_MS);
  }

  /** A key that cannot be kept now keeps no request from being served by other evidence. */
  async function keepEnclave(): Promise<void> {
    try {
      await deps.enclave?.keep();
    } catch (error) {
      log.error({ code: codeOf(error), error: messageOf(error) }, "enclave's key not kept");
    }
  }

  async function poll(signal?: AbortSignal): Promise<number> {
    await keepEnclave();
    await readRequests();
    for (const request of [...pending.values()]) {
      if (signal?.aborted === true) break;
      if (performance.now() < request.notBefore) continue;
      try {
        if (await advance(request)) pending.delete(request.id);
      } catch (error) {
        await setBack(request, error);
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
      await delay(failures === 0 ? options.pollIntervalMs : backOff(failures), undefined, {
        signal,
      }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
    await deps.enclave?.stop();
  }

  return { start, poll };
}

function providerOf({ provider }: Signer): NonNullable<Signer["provider"]> {
  if (provider === null)
    throw new WorkerError({ code: "OPTIONS_INVALID", reason: "the signer has no provider" });
  return provider;
}

async function chainTime(signer: Signer): Promise<number> {
  const block = await providerOf(signer).getBlock("latest");
  if (block === null) throw new WorkerError({ code: "NODE_WITHOUT_BLOCKS" });
  return block.timestamp;
}

/** The code of a typed error of any package. */
function codeOf(error: unknown): string | undefined {
  const coded =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof coded === "string" ? coded : undefined;
}

/** What of an event goes into a log: neither outputs nor evidence. */
function loggable(event: WorkerEvent): object {
  const { request } = event;
  const ms = "ms" in event ? { ms: Math.round(event.ms) } : {};
  const tx = "txHash" in event ? { txHash: event.txHash, gasUsed: event.gasUsed.toString() } : {};
  const reason = event.status === "skipped" ? { reason: event.reason } : {};
  return { requestId: request, ...ms, ...tx, ...reason };
}
