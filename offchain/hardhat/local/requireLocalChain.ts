import type { NetworkConfig } from "hardhat/types/config";
import { PluginError } from "../errors.ts";
import type { Connection } from "../tasks/openChain.ts";
import type { LocalSettings } from "./options.ts";

/** Gas that one transaction may take (EIP-7825): what the protocol's own are made to stay below. */
const TRANSACTION_GAS = 2n ** 24n;
/** What accounts keep for gas, in wei. */
const GAS_MONEY = 10n ** 17n;
/** L1 hardforks that lack what the contracts are compiled for; Prague lacks the curve that enclaves sign on, and no more. */
const BEFORE_PRAGUE: readonly string[] = [
  ...["chainstart", "homestead", "dao", "tangerineWhistle", "spuriousDragon", "byzantium"],
  ...["constantinople", "petersburg", "istanbul", "muirGlacier", "berlin", "london"],
  ...["arrowGlacier", "grayGlacier", "merge", "shanghai", "cancun"],
];

/**
 * Demands a chain that a development set-up may be put on, and that has room for it. Nothing is sent, and nothing is changed.
 *
 * @throws {PluginError} `CHAIN_NOT_LOCAL`, `MINING_MANUAL`, `HARDFORK_TOO_OLD`, `GAS_LIMIT_LOW`, `ACCOUNTS_MISSING`, `ACCOUNT_UNFUNDED`.
 */
export async function requireLocalChain(
  connection: Connection,
  settings: Pick<LocalSettings, "operators" | "stake" | "tee">,
): Promise<void> {
  const { networkConfig, networkName: network } = connection;
  if (networkConfig.type === "http") await requireDevelopmentNode(connection);
  await requireMining(connection);
  requireHardfork(networkConfig, network, settings.tee);
  await requireGas(connection);
  await requireAccounts(connection, settings);
}

/** Only nodes for development know these methods, so that a chain which answers neither is taken for a lasting one. */
async function requireDevelopmentNode({
  ethers,
  networkName,
  provider,
}: Connection): Promise<void> {
  if ((await answers(provider, "hardhat_metadata")) || (await answers(provider, "anvil_nodeInfo")))
    return;
  const { chainId } = await ethers.provider.getNetwork();
  const client = String(await provider.request({ method: "web3_clientVersion" }));
  throw new PluginError({ code: "CHAIN_NOT_LOCAL", network: networkName, chainId, client });
}

/** A node that cannot be reached at all is another matter, and is reported as such by what is asked next. */
async function answers(provider: Connection["provider"], method: string): Promise<boolean> {
  try {
    // Some proxies answer `null` to whatever they do not know.
    return (await provider.request({ method, params: [] })) != null;
  } catch {
    return false;
  }
}

async function requireMining({ networkConfig, networkName, provider }: Connection): Promise<void> {
  const method = "hardhat_getAutomine";
  if (!(await answers(provider, method))) return; // nodes of others, which cannot be asked
  if ((await provider.request({ method, params: [] })) === true) return;
  const { interval } =
    networkConfig.type === "edr-simulated" ? networkConfig.mining : { interval: 0 };
  if (interval !== 0) return;
  throw new PluginError({ code: "MINING_MANUAL", network: networkName });
}

function requireHardfork(config: NetworkConfig, network: string, tee: LocalSettings["tee"]): void {
  if (config.type !== "edr-simulated" || config.chainType === "op") return;
  const { hardfork } = config;
  const refuse = (needed: string, why: string): PluginError =>
    new PluginError({ code: "HARDFORK_TOO_OLD", network, hardfork, needed, why });
  if (BEFORE_PRAGUE.includes(hardfork)) throw refuse("prague", "the code of the contracts");
  if (tee === "simulated" && hardfork === "prague")
    throw refuse("osaka", "the verification of enclaves' signatures (P-256)");
}

async function requireGas({ ethers, networkConfig, networkName }: Connection): Promise<void> {
  const demand = (setting: string, limit: bigint): void => {
    if (limit >= TRANSACTION_GAS) return;
    const data = { network: networkName, setting, limit, needed: TRANSACTION_GAS };
    throw new PluginError({ code: "GAS_LIMIT_LOW", ...data });
  };
  const block = await ethers.provider.getBlock("latest");
  if (block !== null) demand("blockGasLimit", block.gasLimit);
  if (networkConfig.type !== "edr-simulated") return;
  const { transactionGasCap } = networkConfig;
  if (typeof transactionGasCap === "bigint") demand("transactionGasCap", transactionGasCap);
}

async function requireAccounts(
  { ethers, networkName }: Connection,
  { operators, stake }: Pick<LocalSettings, "operators" | "stake">,
): Promise<void> {
  const signers = await ethers.getSigners();
  const needed = operators + 1;
  if (signers.length < needed) {
    const data = { network: networkName, given: signers.length, needed };
    throw new PluginError({ code: "ACCOUNTS_MISSING", ...data });
  }
  const parts = [
    ...signers.slice(0, 1).map((it) => ({ account: it.address, least: GAS_MONEY })),
    ...signers
      .slice(-operators)
      .map((it) => ({ account: it.address, least: stake + 2n * GAS_MONEY })),
  ];
  for (const { account, least } of parts) {
    const wei = await ethers.provider.getBalance(account);
    if (wei < least)
      throw new PluginError({ code: "ACCOUNT_UNFUNDED", account, wei, needed: least });
  }
}
