import type { Signer } from "ethers";
import { BrowserProvider, HDNodeWallet, JsonRpcProvider, Mnemonic } from "ethers";
import type { Settings } from "../../data/settings.ts";
import type { BrowserWallet } from "./wallets.ts";

/** Who asks and pays. */
export type Account = { readonly name: string; readonly address: string; readonly signer: Signer };

/** Of every development chain's accounts: printed in their documentation, so that it is money of nobody. */
const DEVELOPMENT_PHRASE = "test test test test test test test test test test test junk";
/** One that nothing else on the local stack sends by, so that nobody's nonces cross. */
const DEVELOPMENT_PATH = "m/44'/60'/0'/0/13";
const POLL_MS = 500;

/** Opens the well-known key of a development chain. Nothing else in the page has a key. */
export function openLocalAccount({ rpc, deployment, isLocal }: Settings): Account {
  if (!isLocal) throw new Error("A key that everybody knows is for development chains alone.");
  const provider = new JsonRpcProvider(rpc, Number(deployment.chainId), { staticNetwork: true });
  provider.pollingInterval = POLL_MS;
  const phrase = Mnemonic.fromPhrase(DEVELOPMENT_PHRASE);
  const signer = HDNodeWallet.fromMnemonic(phrase, DEVELOPMENT_PATH).connect(provider);
  return { name: "Development key", address: signer.address, signer };
}

/** Asks a wallet's user for an account, and for the page's chain. */
export async function openWalletAccount(
  { name, provider }: BrowserWallet,
  { deployment }: Settings,
): Promise<Account> {
  const chainId = `0x${BigInt(deployment.chainId).toString(16)}`;
  const browser = new BrowserProvider(provider, "any");
  const signer = await browser.getSigner(); // asks for accounts
  if ((await browser.getNetwork()).chainId !== BigInt(deployment.chainId))
    await browser.send("wallet_switchEthereumChain", [{ chainId }]);
  return { name, address: signer.address, signer };
}
