import { HDNodeWallet, Wallet } from "ethers";
import type { NetworkConfig } from "hardhat/types/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Connection } from "./openChain.ts";

type Accounts = NetworkConfig["accounts"];

/**
 * Returns the key of one of a network's accounts where this machine has it: the network's own keys or mnemonic, or, where a node
 * manages its accounts, those of the simulated networks, which are the ones of `npx hardhat node`. Undefined where only the
 * node has it.
 */
export async function accountKey(
  address: string,
  { networkConfig }: Pick<Connection, "networkConfig">,
  { config }: Pick<HardhatRuntimeEnvironment, "config">,
): Promise<Wallet | undefined> {
  const known = [networkConfig.accounts];
  if (networkConfig.accounts === "remote") {
    for (const { type, accounts } of Object.values(config.networks))
      if (type === "edr-simulated") known.push(accounts);
  }
  for (const accounts of known) {
    for await (const key of keysOf(accounts)) if (key.address === address) return key;
  }
  return undefined;
}

async function* keysOf(accounts: Accounts): AsyncGenerator<Wallet> {
  if (accounts === "remote") return;
  if (Array.isArray(accounts)) {
    for (const it of accounts) {
      const key = "privateKey" in it ? it.privateKey : it;
      yield new Wallet(await key.getHexString());
    }
    return;
  }
  const phrase = (await accounts.mnemonic.get()).trim();
  const passphrase = await accounts.passphrase.get();
  const root = HDNodeWallet.fromPhrase(phrase, passphrase, accounts.path);
  for (let index = 0; index < accounts.count; index++)
    yield new Wallet(root.deriveChild(accounts.initialIndex + index).privateKey);
}
