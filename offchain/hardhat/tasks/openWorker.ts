import { join } from "node:path";
import type { Hex, ReleaseId } from "@vouch/protocol";
import type { Holder } from "@vouch/publisher";
import { listBundles } from "@vouch/publisher";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { AgeIdentity } from "@vouch/sealing";
import type { Enclave, ServedRelease, Worker, WorkerEvent, WorkerOptions } from "@vouch/worker";
import {
  announceIn,
  openSealingIdentity,
  sealedOpenings,
  createWorker,
  fileCursor,
  loadedReleases,
  loadRelease,
  memorySignLog,
  messageOf,
  noCursor,
  openSignLog,
  unloadRelease,
} from "@vouch/worker";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import { pino } from "pino";
import type { Chain } from "./openChain.ts";
import { contractsAs } from "./openChain.ts";
import type { TaskEnclaveOptions } from "./openTaskEnclave.ts";
import { openTaskEnclave } from "./openTaskEnclave.ts";
import { progressLine } from "./progressLine.ts";
import { TaskError } from "./taskError.ts";

/** How a task runs a worker without a store. */
export type OpenWorkerOptions = {
  readonly pollIntervalMs?: number;
  readonly minFee?: bigint;
  /** See the worker's option. */
  readonly tokens?: WorkerOptions["tokens"];
  readonly silent: boolean;
  /** The enclave that it signs by; none where absent. */
  readonly enclave?: Omit<TaskEnclaveOptions, "log" | "say">;
  readonly onEvent?: (event: WorkerEvent) => void;
};

/** The worker, what it serves, and the enclave that it signs by. */
export type OpenedWorker = {
  readonly worker: Worker;
  readonly releases: ReadonlyMap<ReleaseId, ServedRelease>;
  readonly enclave: Enclave | undefined;
  /** Frees what the models take, and gives the sign log back. */
  readonly close: () => Promise<void>;
};

/**
 * Builds a worker of one process for one account, which serves every release of the local store that the chain has: for chains that
 * end with their process, and for accounts whose key nobody but the node has.
 *
 * @throws {TaskError} `NOTHING_PUBLISHED`; {WorkerError} where the sign log cannot be taken, or the enclave.
 */
export async function openWorker(
  chain: Chain,
  signer: HardhatEthersSigner,
  options: OpenWorkerOptions,
): Promise<OpenedWorker> {
  const operator = signer.address.toLowerCase() as Hex;
  const contracts = contractsAs(chain, signer);
  const log = pino({ level: options.silent ? "silent" : "info" }, pino.destination(2));
  const { chainId, anchor } = chain.deployment;
  const folder = join(chain.home.operators, operator, `${chainId}-${anchor}`);
  // Two chains of processes that began in one second are told apart by nothing.
  const signLog = chain.inProcess ? undefined : openSignLog(join(folder, "signed.jsonl"));
  const cursor = chain.inProcess ? noCursor : fileCursor(join(folder, "cursor.json"));
  const releases = new Map<ReleaseId, ServedRelease>();
  const close = async (): Promise<void> => {
    signLog?.close();
    await Promise.all([...releases.values()].map(unloadRelease));
  };
  try {
    const identity = await announceKey(chain, signer);
    const holder = holderOf(chain, operator, identity);
    for await (const it of publishedReleases(chain, holder, options.silent, log))
      releases.set(it.id, it);
    if (releases.size === 0) throw nothingPublished();
    const enclave = await openEnclaveOf(chain, signer, options, log);
    const worker = createWorker(
      {
        startBlock: chain.deployment.fromBlock,
        ...(options.pollIntervalMs === undefined ? {} : { pollIntervalMs: options.pollIntervalMs }),
        ...(options.minFee === undefined ? {} : { minFee: options.minFee }),
        ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
      },
      {
        signer,
        operator,
        contracts,
        domain: chain.domain,
        home: chain.home,
        openings: sealedOpenings(chain.home, identity),
        releases: loadedReleases(releases),
        signLog: signLog ?? memorySignLog(),
        cursor,
        log,
        ...(enclave === undefined ? {} : { enclave }),
        ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
      },
    );
    return { worker, releases, enclave, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns the identity to which an operator of this store has inputs sealed, and announces its key for this chain. */
export async function announceKey(
  { home, deployment: { chainId, anchor }, domain }: Chain,
  signer: HardhatEthersSigner,
): Promise<AgeIdentity> {
  const operator = signer.address.toLowerCase() as Hex;
  const identity = await openSealingIdentity(home, operator);
  const folder = join(home.operators, operator, `${chainId}-${anchor}`);
  const now = Math.floor(Date.now() / 1000);
  await announceIn(folder, identity, { signer, domain, now });
  return identity;
}

/** Returns as whom an operator opens sealed releases. */
export function holderOf({ domain }: Chain, address: Hex, identity: AgeIdentity): Holder {
  return { address, identity, domain, now: () => Math.floor(Date.now() / 1000) };
}

/** There is nothing that a worker could serve. */
export function nothingPublished(): TaskError {
  return new TaskError(
    "NOTHING_PUBLISHED",
    "No release of the local store is on this chain. Publish one with `npx hardhat model:publish`, or copy its bundle.",
  );
}

/** Loads what of the local store is on the chain. */
async function* publishedReleases(
  chain: Chain,
  holder: Holder,
  silent: boolean,
  log: Logger,
): AsyncGenerator<ServedRelease> {
  for (const id of listBundles(chain.home.releases)) {
    if (!(await chain.contracts.models.isPublished(id))) continue;
    const { onProgress, done } = progressLine(silent);
    const load = { cache: chain.home.cache, holder, onProgress };
    try {
      yield await loadRelease(chain.home, id, load).finally(done);
    } catch (error) {
      // One bundle that another version made, or that is damaged, must not keep the others from being served.
      log.error({ release: id, error: messageOf(error) }, "release not served");
    }
  }
}

/** Last of all, for it registers a key: a supervisor starts again what fails before, and must not pay each time. */
async function openEnclaveOf(
  chain: Chain,
  signer: HardhatEthersSigner,
  { enclave, silent }: OpenWorkerOptions,
  log: Logger,
): Promise<Enclave | undefined> {
  if (enclave === undefined) return undefined;
  const say = (text: string): void => {
    if (!silent) console.log(text);
  };
  return openTaskEnclave(chain, signer, { ...enclave, log, say });
}

/**
 * Stakes for an operator until `amount` wei are free for requests and a bond stands behind what it signs, and authorises
 * both to expose stake.
 */
export async function ensureStake(
  chain: Pick<Chain, "deployment">,
  signer: Signer & { readonly address: string },
  amount: bigint,
): Promise<void> {
  const { vault, requests, signatures } = contractsAs(chain, signer);
  const bond = (await signatures.bondOf(signer.address)) === 0n ? await signatures.minBond() : 0n;
  const free = await vault.freeOwnStakeOf(signer.address);
  if (free < amount + bond) await (await vault.stake({ value: amount + bond - free })).wait();
  for (const holder of [requests, signatures]) {
    if ((await vault.authorisedSince(signer.address, holder)) === 0n)
      await (await vault.authorise(holder, true)).wait();
  }
  if (bond > 0n) await (await signatures.post(bond)).wait();
}
