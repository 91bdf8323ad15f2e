import { join } from "node:path";
import type { Contracts, Deployment, Hex, ReleaseId } from "@vouch/protocol";
import { openHome } from "@vouch/publisher";
import type { RequestOptions, VouchClient } from "@vouch/sdk";
import { connect } from "@vouch/sdk";
import type { ServedRelease } from "@vouch/worker";
import { loadedReleases, unloadRelease } from "@vouch/worker";
import type { HardhatConfig } from "hardhat/types/config";
import { pino } from "pino";
import { PluginError } from "../errors.ts";
import type { Chain, Connection } from "../tasks/openChain.ts";
import { deliverOpening } from "../tasks/deliverOpening.ts";
import { asChain, contractsAs, homeFolder } from "../tasks/openChain.ts";
import type { LocalOperator, OperatorService } from "./localOperator.ts";
import { openOperator } from "./localOperator.ts";
import type { PublishModelOptions } from "./modelPlan.ts";
import { oneAtATime } from "./oneAtATime.ts";
import type { LocalSettings } from "./options.ts";
import { plainWarnings } from "./plainWarnings.ts";
import type { LocalRelease } from "./publishModel.ts";
import { publishModel } from "./publishModel.ts";
import { markProving, whileProving } from "./proverRest.ts";
import { slowProgress } from "./slowProgress.ts";

/** The protocol on a chain of one's own, with operators that sign and prove as any others do. */
export type Local = {
  /** The SDK's client, which asks and publishes as the network's first account. */
  readonly sdk: VouchClient;
  readonly deployment: Deployment;
  /** The contracts as the first account sends to them. */
  readonly contracts: Contracts;
  readonly operators: readonly LocalOperator[];
  /**
   * Publishes a model folder, an .onnx file with samples, or a bundle of the store, as the first account, under a DEVELOPMENT set-up:
   * whoever made it can forge its proofs, so that only policies with `zk:any` take them. Paths begin at the project's root.
   */
  readonly publish: (model: string, options?: PublishModelOptions) => Promise<LocalRelease>;
  /** Lets time pass on the chain: for windows of challenges and deadlines. */
  readonly passTime: (seconds: number) => Promise<void>;
  /** Stops the operators; the contracts stay where they are. */
  readonly close: () => Promise<void>;
};

/** Stakes the operators of a set-up and starts them. The chain has the contracts. */
export async function openLocal(
  deployment: Deployment,
  settings: LocalSettings,
  { connection, config }: { readonly connection: Connection; readonly config: HardhatConfig },
): Promise<Local> {
  const { networkName: network } = connection;
  const projectHome = openHome(homeFolder({ config }));
  const home = { ...openHome(join(homeFolder({ config }), "local")), cache: projectHome.cache };
  const chain = await asChain(connection, deployment, home, true);
  const signers = await connection.ethers.getSigners();
  const publisher = signers[0]?.address.toLowerCase() as Hex; // there is one, or `requireLocalChain` had refused
  const log = pino({ level: "warn" }, plainWarnings(writeLine));
  const served = new Map<ReleaseId, ServedRelease>();
  const releases = loadedReleases(served);
  const inTurn = oneAtATime();
  const progress = slowProgress("staking the operators", writeLine);
  const services: OperatorService[] = [];
  try {
    for (const signer of signers.slice(-settings.operators).reverse())
      services.push(await openOperator(signer, settings, { chain, releases, log, inTurn }));
  } finally {
    progress.done();
  }
  const operators = services.map(({ operator }) => operator);
  const sdk = await openClient(chain);

  const stopping = new AbortController();
  const running = services.map(({ start }) => start(stopping.signal));

  const publishing = new Set<Promise<LocalRelease>>();

  function requireOpen(): void {
    if (stopping.signal.aborted) throw new PluginError({ code: "LOCAL_CLOSED", network });
  }

  async function publish(model: string, options: PublishModelOptions = {}): Promise<LocalRelease> {
    const own = publishNow(model, options);
    publishing.add(own);
    try {
      return await own;
    } finally {
      publishing.delete(own);
    }
  }

  async function publishNow(model: string, options: PublishModelOptions): Promise<LocalRelease> {
    requireOpen();
    const { onProgress, done } = slowProgress(`publishing ${model}`, writeLine);
    try {
      const site = { chain, publisher, root: config.paths.root, projectHome, onProgress };
      const published = await whileProving(() => {
        markProving();
        return publishModel(site, model, options).finally(markProving);
      });
      await approveEnclaves(chain, published.release.id, operators);
      const { id } = published.release;
      if (served.has(id)) await unloadRelease(published.served);
      else served.set(id, published.served);
      requireOpen(); // whoever closes meanwhile waits for this, and frees what was loaded
      for (const { join } of services) await join(id);
      return published.release;
    } finally {
      done();
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.allSettled(publishing); // whoever asked for it has the error
    await Promise.all(running);
    await releases.close();
    served.clear();
  }

  let stopped: Promise<void> | undefined;
  return {
    ...{ sdk, deployment, contracts: chain.contracts, operators, publish },
    async passTime(seconds) {
      await connection.provider.request({ method: "evm_increaseTime", params: [seconds] });
      await connection.provider.request({ method: "evm_mine", params: [] });
    },
    close: () => (stopped ??= stop()),
  };
}

/** The SDK's client, for whom the operators beside it can open what it commits to. */
async function openClient(chain: Chain): Promise<VouchClient> {
  const { connection, deployment } = chain;
  const [provider] = await connection.ethers.getSigners();
  const client = await connect({
    provider: provider ?? connection.ethers.provider,
    deployment,
    pollIntervalMs: 25,
  });
  const deliver: NonNullable<RequestOptions["deliverOpening"]> = async ({
    commitment,
    ...opening
  }) => {
    await deliverOpening(chain, commitment, opening);
  };
  return {
    ...client,
    infer: (ask, options) => client.infer(ask, { deliverOpening: deliver, ...options }),
    request: (ask, options) => client.request(ask, { deliverOpening: deliver, ...options }),
  };
}

/** As the publisher, who alone can let enclaves serve a release. */
async function approveEnclaves(
  chain: Chain,
  id: ReleaseId,
  operators: readonly LocalOperator[],
): Promise<void> {
  const { enclaves } = contractsAs(chain, await chain.connection.ethers.provider.getSigner(0));
  for (const { measurement } of operators) {
    if (measurement === undefined) continue;
    await (await enclaves.approve(id, measurement, 0)).wait();
  }
}

function writeLine(line: string): void {
  process.stderr.write(line);
}
