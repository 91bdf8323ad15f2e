import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment, Hex } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { openHome } from "@vouch/publisher";
import hre from "hardhat";
import { openManifests } from "../../offchain/explorer/server/openManifests.ts";
import { serveExplorer } from "../../offchain/explorer/server/serveExplorer.ts";
import { progressLine } from "../../offchain/hardhat/tasks/progressLine.ts";
import type { Indexer } from "../../offchain/indexer/startIndexer.ts";
import { startIndexer } from "../../offchain/indexer/startIndexer.ts";
import { serveChain } from "../demo/http/serveChain.ts";
import type { StepLog } from "../demo/steps.ts";
import { buildPage } from "./buildPage.ts";
import { DAY, HOUR, mineAt } from "./clock.ts";
import { createEndings } from "./endings.ts";
import { freePort } from "./freePort.ts";
import { openEstimates } from "./openEstimates.ts";
import type { Catalog } from "./publishCatalog.ts";
import { publishCatalog, publishEntry } from "./publishCatalog.ts";
import type { History } from "./seedHistory.ts";
import { DAYS, seedHistory } from "./seedHistory.ts";
import { buy, startShop } from "./startShop.ts";
import type { Town } from "./town.ts";
import { openTown } from "./town.ts";

/** How a stack is started. Ports of 0, as where absent, are any that are free. */
export type StackOptions = {
  /** Of the page. */
  readonly port?: number;
  /** Of the chain's JSON-RPC. */
  readonly rpcPort?: number;
  /** Where everything is kept that is not in the project's cache; a folder that ends with the stack where absent. */
  readonly folder?: string;
  /** Questions of each of the two weeks' days, at the beginning; 3 where absent, which make some sixty. */
  readonly perDay?: number;
  /** Told what is done; nothing is printed where absent. */
  readonly log?: StackLog;
};

/** Who is told of steps. */
export type StackLog = Pick<StepLog, "heading" | "note" | "run">;

/** Chain, operators, gateway, indexer and page, at work. */
export type Stack = {
  /** Of the page. */
  readonly url: string;
  readonly rpc: string;
  readonly gateway: string;
  /** Of the indexer; the page's server passes `/graphql` and `/status` on. */
  readonly indexer: string;
  readonly deployment: Deployment;
  /** What the gateway takes. */
  readonly token: Hex;
  readonly town: Town;
  readonly catalog: Catalog;
  readonly history: History;
  /** Folder of receipts, a file for each policy. */
  readonly receipts: string;
  /** Ends all of it, as the signal does. */
  readonly close: () => Promise<void>;
};

const SILENT: StackLog = {
  heading: () => undefined,
  note: () => undefined,
  run: (_, work) => work(),
};

/**
 * Starts everything that the explorer shows on a chain of this process, with two weeks behind it. The page is there when this returns; the signal ends all
 * of it.
 *
 * @throws {ServerError} `PORT_TAKEN`, at once; whatever a part throws, when what was started before it has ended.
 */
export async function startStack(options: StackOptions, signal: AbortSignal): Promise<Stack> {
  const { rpcPort = 0, perDay = 3, log = SILENT } = options;
  const endings = createEndings();
  const stopping = new AbortController();
  const close = (): Promise<void> => {
    stopping.abort();
    return endings.end();
  };
  signal.addEventListener("abort", () => void close().catch(() => undefined), { once: true });
  const stop = AbortSignal.any([signal, stopping.signal]);
  const step: StepLog["run"] = (name, work) => {
    stop.throwIfAborted();
    return log.run(name, work);
  };

  try {
    const port = await freePort(options.port);
    await freePort(rpcPort);
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "vouch-explorer-")));
    if (options.folder === undefined)
      endings.add(() => rm(folder, { recursive: true, force: true }));
    await mkdir(folder, { recursive: true });
    endings.add(() => terminate());
    const { onProgress, done } = progressLine(log === SILENT);
    const building = step("build the page", () => buildPage(stop));
    building.catch(() => undefined); // awaited below

    log.heading("A chain of this machine, two weeks ago");
    const now = Math.floor(Date.now() / 1_000);
    const start = now - (now % HOUR) - DAYS * DAY;
    const opened = await step("start, deploy, stake four operators", () =>
      openTown(new Date((start - HOUR) * 1_000)),
    );
    endings.add(opened.close);
    const { town } = opened;
    const { connection, deployment } = town.chain;
    const origin = `http://127.0.0.1:${port}`;
    const served = await serveChain(connection.provider, { port: rpcPort, origin });
    endings.add(served.close);
    const rpc = served.url;

    log.heading("Releases, each under a DEVELOPMENT set-up that its maker could forge");
    const site = { town, folder, onProgress, done };
    const catalog = await publishCatalog(site, step);

    log.heading("Two weeks of questions, and who counts them");
    const indexing = step("start the indexer", () => openIndexer(deployment, rpc, folder, stop));
    indexing.catch(() => undefined); // awaited below
    endings.add(() =>
      indexing.then(
        (it) => it.stop(),
        () => undefined,
      ),
    );
    const receipts = join(folder, "receipts");
    const history = await step("two weeks pass", () =>
      seedHistory(town, {
        ...{ catalog, start, perDay, folder: receipts, log, signal: stop },
        publishNetwork: () => publishEntry(site, "network"),
      }),
    );
    await mineAt(connection, Math.floor(Date.now() / 1_000));

    log.heading("The gateway and the page");
    const shop = await step("start vouch-gateway", () =>
      startShop(town, catalog, { rpc, folder, origin }),
    );
    endings.add(shop.stop);
    await step("buy three answers by x402", () => buy(town, catalog, shop));
    const { url: indexer } = await indexing;
    await building;
    const { releases, texts } = openHome(folder);
    const { tree, digits, eth, brent } = catalog;
    const estimateOf = openEstimates([tree, history.network, digits, eth, brent]);
    const chain = "a chain of this machine";
    const page = await serveExplorer(
      {
        folder: join(hre.config.paths.root, "dist/explorer"),
        settings: { deployment, chain, rpc, gateway: shop.url, isLocal: true },
        ...{ port, indexer: new URL(indexer), estimateOf },
        manifestOf: openManifests([releases, texts]),
      },
      stop,
    );
    endings.add(() => page.ended);
    return {
      ...{ url: page.url, rpc, gateway: shop.url, indexer },
      ...{ deployment, token: shop.token, town, history, receipts, close },
      catalog: { ...catalog, network: history.network },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts the indexer of a deployment, which it reads from a file, with its tables beside that. */
async function openIndexer(
  deployment: Deployment,
  rpc: string,
  folder: string,
  stop: AbortSignal,
): Promise<Indexer> {
  const record = join(folder, "deployment.json");
  await writeFile(record, `${JSON.stringify(deployment, null, 2)}\n`);
  const environment = {
    ...{ VOUCH_DEPLOYMENT: record, VOUCH_RPC_URL: rpc },
    ...{ VOUCH_INDEXER_HOME: join(folder, "indexer"), VOUCH_INDEXER_POLL_MS: "500" },
  };
  return startIndexer({ port: await freePort(), environment }, stop);
}
