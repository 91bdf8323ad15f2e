import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Contracts, Deployment, Domain, Hex } from "@vouch/protocol";
import { connectContracts, isMock, parseDeployment } from "@vouch/protocol";
import type { Home } from "@vouch/publisher/home";
import { openHome } from "@vouch/publisher/home";
import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { packagedArtifacts } from "../packagedArtifacts.ts";
import { TaskError } from "./taskError.ts";

/** One connection to a network. */
export type Connection = Awaited<ReturnType<HardhatRuntimeEnvironment["network"]["create"]>>;

/** A chain with the protocol on it. */
export type Chain = {
  readonly connection: Connection;
  readonly deployment: Deployment;
  readonly domain: Domain;
  /** Reads and sends through account 0. */
  readonly contracts: Contracts;
  readonly home: Home;
  /** Whether the chain lives and dies with this process. */
  readonly inProcess: boolean;
};

const DEPLOYED = [
  "modelRegistry",
  "circuitRegistry",
  "stakeVault",
  "signatureEvidence",
  "evidenceRouter",
  "inferenceRequests",
  "requestFunding",
  "receiptLedger",
  "policyQuotes",
  "scheduler",
  "enclaveAuthorities",
  "enclaveCollateral",
  "dcapVerifier",
  "simulatedAuthorities",
  "simulatedCollateral",
  "simulatedVerifier",
  "enclaveRegistry",
  "nitroRegistrars",
] as const;

/**
 * Connects to the network chosen by `--network`. An in-process chain is deployed to at once, and the releases of the
 * local store are published on it, so that tasks find there what earlier ones left.
 *
 * @throws {TaskError} `NOT_DEPLOYED` where another chain has no record of a deployment, `CHAIN_MISMATCH` where the record is of
 * another, `MOCK_DEPLOYED` where it names a test's mock.
 */
export async function openChain(hre: HardhatRuntimeEnvironment): Promise<Chain> {
  const connection = await hre.network.create();
  if (connection.networkConfig.type === "edr-simulated") {
    const chain = await startChain(hre, connection);
    await restoreReleases(chain);
    return chain;
  }
  const deployment = await readDeployment(hre, connection);
  const chain = await asChain(connection, deployment, homeOf(hre), false);
  if (await isMock(chain.contracts)) {
    throw new TaskError(
      "MOCK_DEPLOYED",
      `The record of chain ${deployment.chainId} names the mock of @vouch/testing. Run \`npx hardhat deploy --network <name>\`.`,
    );
  }
  return chain;
}

/** Deploys to an in-process chain, and leaves it without releases. */
export async function startChain(
  hre: HardhatRuntimeEnvironment,
  connection: Connection,
): Promise<Chain> {
  return asChain(connection, await deployVouch(hre, connection), homeOf(hre), true);
}

/** Returns the folders of this installation: `VOUCH_HOME`, or `.vouch` in the project. */
export function homeOf(hre: HardhatRuntimeEnvironment): Home {
  return openHome(homeFolder(hre));
}

/** Returns what they are in. */
export function homeFolder({ config }: Pick<HardhatRuntimeEnvironment, "config">): string {
  return process.env["VOUCH_HOME"] ?? config.vouch.home;
}

/** Deploys the one module that every deployment uses; a deployment to a lasting chain can be resumed by its id. */
export async function deployVouch(
  { config }: Pick<HardhatRuntimeEnvironment, "config">,
  connection: Connection,
  deploymentId?: string,
): Promise<Deployment> {
  const { ethers } = connection;
  const { vouchModule } = await import("../ignition/modules/Vouch.ts");
  const artifacts = config.vouch.contracts === "project" ? undefined : await packagedArtifacts();
  const start = await ethers.provider.getBlock("latest");
  const deployed = await connection.ignition.deploy(
    vouchModule(artifacts),
    deploymentId === undefined ? {} : { deploymentId },
  );
  const { chainId } = await ethers.provider.getNetwork();
  const addresses = await Promise.all(
    DEPLOYED.map(
      async (name) => [name, (await deployed[name].getAddress()).toLowerCase()] as const,
    ),
  );
  return parseDeployment({
    chainId: chainId.toString(),
    fromBlock: start?.number,
    anchor: start?.hash,
    ...Object.fromEntries(addresses),
  });
}

/** Records where the contracts of a chain are. */
export async function writeDeployment(
  hre: HardhatRuntimeEnvironment,
  deployment: Deployment,
): Promise<string> {
  const path = deploymentPath(hre, deployment.chainId);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `${JSON.stringify(deployment, null, 2)}\n`);
  return path;
}

/** Returns where the record of a chain's deployment is kept. */
export function deploymentPath(hre: HardhatRuntimeEnvironment, chainId: string): string {
  return join(hre.config.paths.root, "deployments", `${chainId}.json`);
}

/**
 * Returns an account of the network by index.
 *
 * @throws {TaskError} `ACCOUNT_MISSING`.
 */
export async function accountAt(
  { connection }: Pick<Chain, "connection">,
  index: string,
): Promise<HardhatEthersSigner> {
  const signers = await connection.ethers.getSigners();
  const signer = signers[Number(index)];
  if (signer === undefined) {
    throw new TaskError(
      "ACCOUNT_MISSING",
      `The network has ${signers.length} accounts; there is none with index ${index}.`,
    );
  }
  return signer;
}

/** Returns the contracts as another account sees and sends to them. */
export function contractsAs(chain: Pick<Chain, "deployment">, signer: Signer): Contracts {
  return connectContracts(chain.deployment, signer);
}

/** Returns what tasks and set-ups work with, of contracts that are there. */
export async function asChain(
  connection: Connection,
  deployment: Deployment,
  home: Home,
  inProcess: boolean,
): Promise<Chain> {
  const [signer] = await connection.ethers.getSigners();
  const contracts = connectContracts(deployment, signer ?? connection.ethers.provider);
  const domain = { chainId: BigInt(deployment.chainId), router: deployment.evidenceRouter };
  return { connection, deployment, domain, contracts, home, inProcess };
}

/**
 * Reads the record of the chain that a connection leads to, and demands that it is of this very chain: another one may have the
 * same id.
 */
async function readDeployment(
  hre: HardhatRuntimeEnvironment,
  { ethers, networkName }: Connection,
): Promise<Deployment> {
  const { chainId } = await ethers.provider.getNetwork();
  const where = `Network "${networkName}" (chain ${chainId})`;
  const deploy = `Run \`npx hardhat deploy --network ${networkName}\` first.`;
  const path = deploymentPath(hre, chainId.toString());
  if (!existsSync(path)) {
    const others = recordedChains(hre);
    const known = others.length === 0 ? "" : ` There are records of chain ${others.join(", ")}.`;
    throw new TaskError(
      "NOT_DEPLOYED",
      `${where} has no record of a deployment at ${path}.${known} ${deploy}`,
    );
  }
  const deployment = parseDeployment(JSON.parse(readFileSync(path, "utf8")));
  if (deployment.chainId !== chainId.toString()) {
    throw new TaskError(
      "CHAIN_MISMATCH",
      `${where} is not the chain of ${path}, which is of chain ${deployment.chainId}. Choose that chain's network with --network, or restore the record.`,
    );
  }
  if ((await ethers.provider.getCode(deployment.evidenceRouter)) === "0x") {
    throw new TaskError(
      "NOT_DEPLOYED",
      `${where} has no contract at the recorded address: it was started afresh, or its URL leads to another chain. ${deploy}`,
    );
  }
  const start = await ethers.provider.getBlock(deployment.fromBlock);
  if (start !== null && start.hash !== deployment.anchor) {
    throw new TaskError(
      "CHAIN_MISMATCH",
      `${where} is another chain than the recorded one: its block ${deployment.fromBlock} is ${start.hash ?? "unknown"}, and ${path} has ${deployment.anchor}. Check the network's URL, or run \`npx hardhat deploy --reset --network ${networkName}\`.`,
    );
  }
  return deployment;
}

/** Ids of all chains that have a record. */
function recordedChains(hre: HardhatRuntimeEnvironment): readonly string[] {
  const folder = join(deploymentPath(hre, "0"), "..");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []);
}

/** Publishes the local store's releases on an in-process chain, as far as its account 0 is their publisher. */
async function restoreReleases({ connection, contracts, home }: Chain): Promise<void> {
  // Compiler and provers come along: no task that only asks a chain should load them.
  const { publishRelease, publishTextRelease, readBundles, readTextBundles } =
    await import("@vouch/publisher");
  const [signer] = await connection.ethers.getSigners();
  const publisher = signer?.address.toLowerCase() as Hex | undefined;
  const warn = (error: Error): void => {
    console.error(`  left out: ${error.message}`);
  };
  for (const bundle of readBundles(home.releases, warn)) {
    if (bundle.release.publisher === publisher) await publishRelease(contracts, bundle);
  }
  for (const text of readTextBundles(home.texts, warn)) {
    if (text.release.publisher === publisher) await publishTextRelease(contracts, text);
  }
}
