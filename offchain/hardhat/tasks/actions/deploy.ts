import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { deployVouch, writeDeployment } from "../openChain.ts";

type Args = { readonly reset: boolean; readonly json: boolean };

/** Deploys everything and, on a chain that lasts, records where. */
export async function run({ reset, json }: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const connection = await hre.network.create();
  const { chainId } = await connection.ethers.provider.getNetwork();
  const inProcess = connection.networkConfig.type === "edr-simulated";
  const deploymentId = `chain-${chainId}`;
  if (!inProcess && (reset || (await isStale(hre, connection, deploymentId)))) {
    await rm(join(hre.config.paths.ignition, "deployments", deploymentId), {
      recursive: true,
      force: true,
    });
  }
  const deployment = await deployVouch(hre, connection, inProcess ? undefined : deploymentId);
  const path = inProcess ? undefined : await writeDeployment(hre, deployment);
  if (json) {
    console.log(JSON.stringify({ ...deployment, path: path ?? null }));
    return;
  }
  console.log(`Deployed to chain ${deployment.chainId}:`);
  for (const [name, address] of Object.entries(deployment)) {
    if (typeof address === "string" && address.startsWith("0x"))
      console.log(`  ${name.padEnd(18)} ${address}`);
  }
  console.log(path === undefined ? "The chain ends with this process." : `Recorded in ${path}.`);
}

/** A local node that was started afresh has none of the contracts that Ignition's journal remembers. */
async function isStale(
  hre: HardhatRuntimeEnvironment,
  connection: Awaited<ReturnType<HardhatRuntimeEnvironment["network"]["create"]>>,
  deploymentId: string,
): Promise<boolean> {
  const path = join(
    hre.config.paths.ignition,
    "deployments",
    deploymentId,
    "deployed_addresses.json",
  );
  if (!existsSync(path)) return false;
  const addresses = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
  const codes = await Promise.all(
    Object.values(addresses).map((it) => connection.ethers.provider.getCode(it)),
  );
  return codes.some((code) => code === "0x");
}
