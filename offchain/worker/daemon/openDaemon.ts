import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EndpointsProvider, Sender } from "@vouch/chain";
import { journaledSigner, openEndpoints } from "@vouch/chain";
import type { Attempt, OnnxBackend } from "@vouch/execution";
import { createOnnxBackend } from "@vouch/execution";
import type { Contracts, Deployment, Hex, ReleaseId } from "@vouch/protocol";
import { connectContracts, connectCourts } from "@vouch/protocol";
import { chooseProver, terminate } from "@vouch/prover";
import type { Holder, Home } from "@vouch/publisher";
import { listBundles, openHome } from "@vouch/publisher";
import type { Store } from "@vouch/queue";
import { answers, openStore, proofs, provenBatches, signLog } from "@vouch/queue";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import { createBatchSigner } from "../batchSigner.ts";
import { compiledBytes } from "../compiledBytes.ts";
import type { WorkerConfig } from "../config/workerConfig.ts";
import { readHeader } from "../duties/blockHeader.ts";
import { fileBytes } from "../duties/keptBytes.ts";
import { openPanelSecret } from "../duties/panelSecret.ts";
import type { PoolMembership } from "../duties/poolMembership.ts";
import type { RoundDeps } from "../duties/serveRound.ts";
import { createStakeKeeper } from "../duties/stakeKeeper.ts";
import type { Enclave } from "../enclave.ts";
import type { WorkerEvent } from "../events.ts";
import { logEvent } from "../events.ts";
import { createMetrics } from "../observe/metrics.ts";
import { moveSignLog } from "../moveSignLog.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Openings } from "../openings.ts";
import { sealedOpenings } from "../openings.ts";
import { openJoinSecret } from "../proving/joinSecret.ts";
import type { StatementProver } from "../proving/statementProver.ts";
import { createStatementProver } from "../proving/statementProver.ts";
import { recordedAttempts } from "../recordedAttempts.ts";
import type { Releases } from "../releases.ts";
import { lazyReleases } from "../releases.ts";
import { announceIn, openSealingIdentity } from "../sealingKey.ts";
import type { ServedRelease } from "../servedRelease.ts";
import { loadRelease } from "../servedRelease.ts";
import { openAsyncSignLog } from "../signLog.ts";
import type { StatementLog, StepDeps } from "../steps/step.ts";
import { DEFENCE_COSTS } from "../steps/step.ts";
import type { Daemon, DaemonOptions } from "./daemon.ts";
import { createDaemon } from "./daemon.ts";
import { claimOptions, poolsOf, queueDuties } from "./dutyOptions.ts";
import { createHealthRecord } from "./healthRecord.ts";
import { callKey, journaledSend } from "./journaledSend.ts";
import { openSender } from "./openSender.ts";
import { readDeployment } from "./readDeployment.ts";
import { ATTEMPTS, STEP_POLICIES } from "./stepQueues.ts";

/** What opening a daemon takes beside its configuration. */
export type OpenDaemonDeps = {
  /** Signs as the operator; its provider is not used. */
  readonly signer: Signer;
  readonly log: Logger;
  readonly onEvent?: (event: WorkerEvent) => void;
  /** Opens the enclave that this process runs in, where it has something to serve; `contracts` send through the journal. */
  readonly openEnclave?: (
    contracts: Contracts,
    provider: EndpointsProvider,
  ) => Promise<Enclave | undefined>;
};

/** A daemon with all that it was built on. */
export type OpenedDaemon = {
  readonly daemon: Daemon;
  readonly operator: Hex;
  readonly deployment: Deployment;
  readonly home: Home;
  readonly openings: Openings;
  readonly releases: Releases;
  readonly contracts: Contracts;
  readonly provider: EndpointsProvider;
  /** Of the operator's transactions; works while the daemon runs. */
  readonly sender: Sender;
  readonly store: Store;
  /** What this operator must not lose on this chain. */
  readonly folder: string;
  readonly signLog: StatementLog;
  /** Of all who prove for this operator here: what one of them proved, another finds. */
  readonly prover: StatementProver;
  readonly metrics: Metrics;
  readonly enclave: Enclave | undefined;
  /** Gives everything back; call it when the daemon has stopped. */
  readonly close: () => Promise<void>;
};

/** Blocks on top of an answer before its stake is counted as to be freed. */
const SETTLED_BLOCKS = 12;

/**
 * Opens an operator's daemon by its configuration: endpoints, store, journal, releases, back end.
 *
 * @throws {WorkerError} `DEPLOYMENT_MISSING`, `DEPLOYMENT_OF_OTHER_CHAIN`, `SIGN_LOG_LOCKED`, `SIGN_LOG_CORRUPT`, `SIGN_LOG_MOVED`, and
 * `CONFIG_INVALID` for a pool that cannot be served; {ChainError} where no endpoint answers; {QueueError} where the store cannot be
 * had; {ProtocolError} `DEPLOYMENT_MALFORMED`; {ProverError} `PROVER_UNKNOWN`,
 * `PROVER_ABSENT` by VOUCH_PROVER.
 */
export async function openDaemon(
  config: WorkerConfig,
  deps: OpenDaemonDeps,
): Promise<OpenedDaemon> {
  const { signer, log } = deps;
  const undo: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // What was asked for and is not here is said now, not when a proof is due.
    const { prover: maker, reason } = chooseProver();
    const operator = (await signer.getAddress()).toLowerCase() as Hex;
    const provider = await openEndpoints(config.chain.rpc, { pollIntervalMs: config.chain.pollMs });
    undo.push(() => {
      provider.destroy();
    });
    const { chainId } = await provider.getNetwork();
    const deployment = readDeployment(config.deployment, chainId);
    const home = openHome(config.home);
    const folder = join(home.operators, operator, `${chainId}-${deployment.anchor}`);
    mkdirSync(folder, { recursive: true });
    const { url } = config.database;
    const place = url === "" ? { folder: join(folder, "store") } : { url };
    const store = await openStore({ ...place, queues: STEP_POLICIES }, { log });
    undo.push(store.close);
    const ownLog = join(folder, "signed.jsonl");
    const statementLog =
      url === "" ? fileLog(ownLog, undo) : await databaseLog(ownLog, { store, operator, log });

    const sender = await openSender(config, { signer, provider, store, chainId, log });
    const stopSender = runSender(sender);
    undo.push(stopSender);
    const contracts = connectContracts(deployment, provider);
    const { budgetMb, threads } = config.execution;
    const backend = createOnnxBackend(
      { budgetBytes: budgetMb * 2 ** 20, intraOpThreads: threads },
      { attempt: recordedAttempts(join(folder, "attempts", "load"), { log }) },
    );
    undo.push(backend.close, terminate);
    const compiledBudget = config.execution.compiledMb * 2 ** 20;
    const domain = { chainId, router: deployment.evidenceRouter };
    const identity = await openSealingIdentity(home, operator);
    const holder = { address: operator, identity, domain, now: secondsNow };
    const releases = await servedReleases(compiledBudget, {
      ...{ home, contracts, backend, holder, log },
      attempt: recordedAttempts(join(folder, "attempts", "verify"), { log }),
    });
    undo.push(releases.close);

    const courts = await connectCourts(contracts);
    const pools = await poolsOf(config.duties, { contracts, courts, releases });
    // Last of what may fail, for it registers a key: each start that fails behind it would pay for another.
    const keyed = journaledSigner(sender, signer, provider, callKey);
    const enclave =
      releases.ids.length === 0
        ? undefined
        : await deps.openEnclave?.(connectContracts(deployment, keyed), provider);

    const announced = await announceIn(folder, identity, { signer, domain, now: secondsNow() });
    log.info({ recipient: announced.recipient }, "inputs and keys are sealed to");
    const openings = sealedOpenings(home, identity);
    const base = {
      ...{ operator, contracts, releases, home, openings, log },
      courts,
      domain,
      send: journaledSend(sender, provider),
      fromBlock: deployment.fromBlock,
    };
    log.info({ prover: maker.name, reason }, "proofs are made by");
    const metrics = createMetrics();
    const emit = (event: WorkerEvent): void => {
      logEvent(log, event);
      metrics.onEvent(event);
      deps.onEvent?.(event);
    };
    const prover = createStatementProver({
      kept: proofs(store.sql),
      joins: openJoinSecret(join(folder, "joins.secret")),
      onEvent: emit,
    });
    const steps: StepDeps & RoundDeps = {
      ...{ ...base, prover, emit },
      batches: provenBatches(store.sql),
      ...(enclave === undefined ? {} : { enclave }),
      signLog: statementLog,
      // What goes on-chain is signed alone: a path is calldata.
      signer: createBatchSigner(
        { operator, domain: base.domain, intervalMs: 0, maxBatch: 1 },
        { signer, signLog: statementLog },
      ),
      answers: answers(store.sql, operator),
      stake: createStakeKeeper(
        { blockRange: config.chain.blockRange, confirmations: SETTLED_BLOCKS },
        base,
      ),
      proofs: fileBytes(join(folder, "proofs")),
      outputs: fileBytes(join(folder, "outputs")),
      secret: openPanelSecret(join(folder, "panel.secret")),
      header: (number) => readHeader(number, provider),
    };
    const health = createHealthRecord({
      maxFailures: config.work.failures,
      probeSeconds: 30,
      maxProbeSeconds: 900,
      recordSize: 1_000,
    });
    const at = { chainId, operator, deployment, pools, folder };
    const daemon = createDaemon(daemonOptions(config, at), {
      ...{ store, provider, sender, stopSender, steps, health, metrics, log },
      ...(enclave === undefined ? {} : { enclave }),
      models() {
        const { sessions, residentBytes } = backend.stats();
        return { loaded: sessions, bytes: residentBytes };
      },
    });
    return {
      ...{
        daemon,
        operator,
        deployment,
        home,
        openings,
        releases,
        contracts,
        provider,
        sender,
        store,
      },
      ...{ folder, metrics, enclave, prover, signLog: statementLog },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function daemonOptions(
  { accept, work, settle, chain, duties }: WorkerConfig,
  {
    chainId,
    operator,
    deployment,
    pools,
    folder,
  }: {
    readonly chainId: bigint;
    readonly operator: Hex;
    readonly deployment: Deployment;
    readonly pools: readonly PoolMembership[];
    readonly folder: string;
  },
): DaemonOptions {
  const { maxExposure, ...acceptance } = accept;
  const { batch, gatherSeconds, waitSeconds } = settle;
  const { stopSeconds, ...workAtOnce } = work;
  const dutiesDone = queueDuties(duties);
  return {
    ...acceptance,
    ...(maxExposure === undefined ? {} : { maxExposure }),
    defence: DEFENCE_COSTS,
    attempts: ATTEMPTS,
    ...dutiesDone,
    ...{ work: workAtOnce, stopSeconds, pools },
    watch: {
      ...chain,
      chainId,
      startBlock: deployment.fromBlock,
      watchesOthers: dutiesDone.watchtower !== undefined,
      opensPanels: dutiesDone.panels !== undefined,
    },
    settler: { maxItems: batch, gatherSeconds, waitSeconds },
    gatherSeconds,
    claims: claimOptions(operator, accept),
    keepSeconds: duties.keepSeconds,
    folder,
  };
}

/** Begins at once, since opening may send too; returns what ends it, as often as it is called. */
function runSender(sender: Sender): () => Promise<void> {
  const sending = new AbortController();
  const ended = sender.start(sending.signal);
  return () => {
    sending.abort();
    return ended;
  };
}

/** The releases of the local store that the chain has; each is verified when it is first asked for. */
async function servedReleases(
  budgetBytes: number,
  {
    home,
    contracts,
    backend,
    holder,
    attempt,
    log,
  }: {
    readonly home: Home;
    readonly holder: Holder;
    readonly contracts: Contracts;
    readonly backend: OnnxBackend;
    readonly attempt: Attempt;
    readonly log: Logger;
  },
): Promise<Releases> {
  const published: ReturnType<typeof listBundles> = [];
  for (const id of listBundles(home.releases))
    if (await contracts.models.isPublished(id)) published.push(id);
  const load = async (id: ReleaseId): Promise<ServedRelease> => {
    const started = performance.now();
    const served = await attempt(id, () =>
      loadRelease(home, id, { cache: home.cache, holder }, backend),
    );
    log.info({ release: id, ms: Math.round(performance.now() - started) }, "release verified");
    return served;
  };
  return lazyReleases(published, { budgetBytes }, { load, bytesOf: compiledBytes });
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}

/** The log that a fleet shares; what this machine signed before there was one is on record in it first. */
async function databaseLog(
  ownLog: string,
  { store, operator, log }: { readonly store: Store; readonly operator: Hex; readonly log: Logger },
): Promise<StatementLog> {
  const shared = signLog(store.sql, operator);
  const entries = await moveSignLog(ownLog, shared);
  if (entries > 0) log.info({ entries }, "the sign log is in the database now");
  return shared;
}

/** The log of one machine: the one that a worker without a database keeps, so that neither contradicts the other. */
function fileLog(path: string, undo: (() => unknown)[]): StatementLog {
  const opened = openAsyncSignLog(path);
  undo.push(opened.close);
  return opened;
}
