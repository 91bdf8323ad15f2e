import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Contracts, Hex } from "@vouch/protocol";
import { connectContracts, connectLedger } from "@vouch/protocol";
import { id, BrowserProvider } from "ethers";
import hre from "hardhat";
import type { PublishedModel } from "../../../scripts/demo/scenario.ts";
import { castOf } from "../../../scripts/demo/scenario.ts";
import type { Chain } from "../../../offchain/hardhat/tasks/openChain.ts";
import { deployVouch, homeOf } from "../../../offchain/hardhat/tasks/openChain.ts";
import { ensureStake } from "../../../offchain/hardhat/tasks/openWorker.ts";
import type { ReceiptLedger } from "../../../offchain/protocol/typechain/index.ts";
import { openDaemonSite } from "../daemonProcess.ts";
import type { FaultyRpc } from "../faultyRpc.ts";
import { startFaultyRpc } from "../faultyRpc.ts";
import type { OperatorSite } from "../operatorProcess.ts";
import { openOperatorSite } from "../operatorProcess.ts";
import type { PostgresServer } from "../postgres.ts";
import { postgresFolder, startPostgres } from "../postgres.ts";
import { planTiny, publishPlan, tinyModel } from "../tinyScenario.ts";
import type { SoakAccount } from "./account.ts";
import { openAccount } from "./account.ts";
import type { ChainNode } from "./chainNode.ts";
import { startChainNode } from "./chainNode.ts";
import type { Customers } from "./customers.ts";
import { MIN_TOKEN_FEE, openCustomers } from "./customers.ts";
import { MIN_FEE, MIN_SERVE_SECONDS } from "./load.ts";
import type { Transcript } from "./transcript.ts";
import { openTranscript } from "./transcript.ts";
import type { Processes } from "./processes.ts";
import { keepRunning } from "./processes.ts";
import type { SoakTill } from "./till.ts";
import { openTill } from "./till.ts";

/** All that a soak runs on: a node, a database, endpoints between node and workers, and who asks. */
export type SoakSite = {
  readonly node: ChainNode;
  readonly chain: Chain;
  readonly model: PublishedModel;
  /** Reads from the node itself, not through endpoints that lie. */
  readonly contracts: Contracts;
  readonly ledger: ReceiptLedger;
  readonly operator: Hex;
  readonly endpoints: readonly FaultyRpc[];
  readonly transcript: Transcript;
  readonly database: PostgresServer | undefined;
  readonly workers: Processes;
  /** Of every worker, save for its endpoints and its store. */
  readonly settings: Readonly<Record<string, string>>;
  /** Undefined where there is no database that its gateway could share. */
  readonly shop: Shop | undefined;
  readonly payers: readonly SoakAccount[];
  readonly keeper: SoakAccount;
  readonly close: () => Promise<void>;
};

/** What sells by HTTP, and who buys. */
export type Shop = {
  readonly site: OperatorSite;
  readonly customers: Customers;
  readonly till: SoakTill;
};

const ETHER = 10n ** 18n;
/** Each request exposes what it pays; all of a soak are exposed at once, for days. */
const STAKE = 1_000n * ETHER;
const PAYERS = 4;

/** What every worker of a site is told. */
function settingsOf(
  reorgDepth: number | undefined,
  asset: Hex | undefined,
): Readonly<Record<string, string>> {
  return {
    VOUCH_CHAIN_POLL_MS: "300",
    ...(reorgDepth === undefined ? {} : { VOUCH_CHAIN_REORG_DEPTH: String(reorgDepth) }),
    VOUCH_WORK_INFER: "8",
    VOUCH_ACCEPT_MIN_FEE: String(MIN_FEE),
    ...(asset === undefined ? {} : { VOUCH_ACCEPT_TOKENS: `${asset}:${String(MIN_TOKEN_FEE)}` }),
    VOUCH_ACCEPT_MIN_SERVE_SECONDS: String(MIN_SERVE_SECONDS),
  };
}

/**
 * Opens a site; says what is not there and so cannot be tried.
 *
 * @param reorgDepth blocks that the workers count on to be taken back; their default where absent
 */
export async function openSoakSite(
  say: (line: string) => void,
  reorgDepth: number | undefined,
): Promise<SoakSite> {
  const undo: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const outer = process.env["VOUCH_HOME"];
    process.env["VOUCH_HOME"] = join(hre.config.paths.root, ".vouch", "test-soak");
    undo.push(() => {
      if (outer === undefined) delete process.env["VOUCH_HOME"];
      else process.env["VOUCH_HOME"] = outer;
    });
    const node = await startChainNode(say);
    undo.push(node.close);
    const chain = await deploy(node);
    const model = await publishPlan(chain, await planTiny(chain, tinyModel(1), "private", "1"));
    const cast = await castOf(chain);
    const { operator } = cast;
    await ensureStake(chain, operator, STAKE);
    const payers = await Promise.all(
      Array.from({ length: PAYERS }, (_, index) =>
        openAccount(id(`vouch.soak.payer.${String(index)}`) as Hex, 1_000n * ETHER, node.ask),
      ),
    );
    const keeper = await openAccount(id("vouch.soak.keeper") as Hex, 1_000n * ETHER, node.ask);
    const database = await startDatabase(say);
    if (database !== undefined) undo.push(database.stop);
    const selling = database === undefined ? undefined : await openOperatorSite({ chain, cast });
    if (selling !== undefined) undo.push(selling.close);
    const customers = selling && (await openCustomers(selling, { chain, model }));
    await node.startClock();

    const transcript = openTranscript();
    const endpoints = [
      await startFaultyRpc(transcript.over(node.ask)),
      await startFaultyRpc(transcript.over(node.ask)),
    ];
    for (const it of endpoints) undo.push(it.close);
    const daemons = await openDaemonSite({ chain });
    undo.push(daemons.close);
    const settings = settingsOf(reorgDepth, selling?.asset);
    const started = {
      ...settings,
      VOUCH_CHAIN_RPC: urlsOf(endpoints),
      ...(database === undefined ? {} : { VOUCH_DATABASE_URL: database.url }),
    };
    const count = database === undefined ? 1 : 2;
    const workers = await keepRunning(count, () => daemons.start(started));
    undo.push(workers.close);
    const till = database && selling && customers && (await openTill(selling, customers, started));
    if (till !== undefined) undo.push(till.close);
    const shop = selling && customers && till && { site: selling, customers, till };
    const reader = readerOf(node);
    const contracts = connectContracts(chain.deployment, reader);
    const { ledger } = await connectLedger(chain.deployment.receiptLedger, reader);
    return {
      ...{ node, chain, model, contracts, ledger, endpoints, transcript, database },
      ...{ workers, settings, shop },
      ...{ payers, keeper, operator: operator.address.toLowerCase() as Hex, close },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Deploys to the node; what Ignition writes down of it on a node of its own goes again. */
async function deploy({ connection }: ChainNode): Promise<Chain> {
  const id = `soak-${String(process.pid)}`;
  const folder = join(hre.config.paths.ignition, "deployments", id);
  rmSync(folder, { recursive: true, force: true }); // of an earlier process with this number
  try {
    const deployment = await deployVouch(hre, connection, id);
    const [publisher] = await connection.ethers.getSigners();
    if (publisher === undefined) throw new RangeError("the node has no accounts");
    return {
      ...{ connection, deployment, home: homeOf(hre), inProcess: true },
      domain: { chainId: BigInt(deployment.chainId), router: deployment.evidenceRouter },
      contracts: connectContracts(deployment, publisher),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first tells of heads, the others are asked. */
function urlsOf([first, ...others]: readonly FaultyRpc[]): string {
  return [first?.wsUrl, ...others.map(({ url }) => url)].join();
}

async function startDatabase(say: (line: string) => void): Promise<PostgresServer | undefined> {
  const bin = postgresFolder();
  if (bin !== undefined) return startPostgres(bin);
  say(
    "PostgreSQL is not installed: its kills, a second worker, a gateway and what the books of a store say are NOT TRIED.",
  );
  return undefined;
}

/** Asks the node and nobody else, nothing twice. */
function readerOf({ ask }: ChainNode): BrowserProvider {
  const request = ({ method, params = [] }: { method: string; params?: unknown[] | object }) =>
    ask(method, params as readonly unknown[]);
  return new BrowserProvider({ request }, 31_337, { staticNetwork: true, cacheTimeout: -1 });
}
