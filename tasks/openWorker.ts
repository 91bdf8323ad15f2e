import { join } from "node:path";
import type { Hex, ReleaseId } from "@vouch/protocol";
import { listBundles } from "@vouch/publisher";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ServedRelease, Worker, WorkerEvent } from "@vouch/worker";
import { createWorker, fileCursor, loadRelease, messageOf, openSignLog } from "@vouch/worker";
import { pino } from "pino";
import type { Chain } from "./openChain.ts";
import { contractsAs } from "./openChain.ts";
import { progressLine } from "./progressLine.ts";

/** How a task runs the daemon. */
export type OpenWorkerOptions = {
  readonly pollIntervalMs?: number;
  readonly minFee?: bigint;
  readonly silent: boolean;
  readonly onEvent?: (event: WorkerEvent) => void;
};

/** Builds the daemon for one account: it serves every release of the local store that the chain has. */
export async function openWorker(
  chain: Chain,
  signer: HardhatEthersSigner,
  options: OpenWorkerOptions,
): Promise<{ readonly worker: Worker; readonly releases: ReadonlyMap<ReleaseId, ServedRelease> }> {
  const operator = signer.address.toLowerCase() as Hex;
  const contracts = contractsAs(chain, signer);
  const releases = new Map<ReleaseId, ServedRelease>();
  const log = pino({ level: options.silent ? "silent" : "info" }, pino.destination(2));
  for (const id of listBundles(chain.home.releases)) {
    if (!(await contracts.models.isPublished(id))) continue;
    const { onProgress, done } = progressLine(options.silent);
    const load = { cache: chain.home.cache, onProgress };
    try {
      releases.set(id, await loadRelease(chain.home, id, load).finally(done));
    } catch (error) {
      // One bundle that another version made, or that is damaged, must not keep the others from being served.
      log.error({ release: id, error: messageOf(error) }, "release not served");
    }
  }
  const { chainId, anchor } = chain.deployment;
  const folder = join(chain.home.operators, operator, `${chainId}-${anchor}`);
  const worker = createWorker(
    {
      startBlock: chain.deployment.fromBlock,
      ...(options.pollIntervalMs === undefined ? {} : { pollIntervalMs: options.pollIntervalMs }),
      ...(options.minFee === undefined ? {} : { minFee: options.minFee }),
    },
    {
      signer,
      operator,
      contracts,
      domain: chain.domain,
      home: chain.home,
      releases,
      signLog: openSignLog(join(folder, "signed.jsonl")),
      cursor: fileCursor(join(folder, "cursor.json")),
      log,
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    },
  );
  return { worker, releases };
}

/** Stakes `amount` wei for an operator unless that much is free, and lets requests expose it. */
export async function ensureStake(
  chain: Chain,
  signer: HardhatEthersSigner,
  amount: bigint,
): Promise<void> {
  const { vault, requests } = contractsAs(chain, signer);
  const free = await vault.freeStakeOf(signer.address);
  if (free < amount) await (await vault.stake({ value: amount - free })).wait();
  const holder = await requests.getAddress();
  if (!(await vault.isAuthorised(signer.address, holder)))
    await (await vault.authorise(holder, true)).wait();
}
