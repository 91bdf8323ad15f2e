import type { Hex } from "@vouch/protocol";
import { parseAddress } from "@vouch/protocol";
import type { Eip1193Provider, Provider, Signer } from "ethers";
import { BrowserProvider, Network } from "ethers";
import { SdkError } from "../errors.ts";
import type { ConnectOptions } from "./options.ts";
import type { ReadChain } from "./readChain.ts";
import { translateError } from "./translateError.ts";

/** A chain as an application reaches it. */
export type ChainAccess = {
  readonly provider: Provider;
  /** The one that it is on now: a wallet's user may change it at any time. */
  readonly chainId: () => Promise<bigint>;
  /** Who would send; null where nobody is known yet. Never asks the user. */
  readonly account: () => Promise<Hex | null>;
  /**
   * Who sends; asks the wallet's user where nobody is known yet.
   *
   * @throws {SdkError} `ACCOUNT_MISSING`, `USER_REJECTED`.
   */
  readonly signer: () => Promise<Signer>;
  /** Whether a transaction is sent under the nonce that it is given, so that it can safely be sent again; wallets choose their own. */
  readonly keepsNonce: boolean;
};

/**
 * Returns a provider of ethers, a signer or an EIP-1193 provider as one thing.
 *
 * @throws {SdkError} `PROVIDER_INVALID`.
 */
export async function openAccess(
  given: ConnectOptions["provider"],
  read: ReadChain,
  signal?: AbortSignal,
): Promise<ChainAccess> {
  if (isSigner(given)) return ofSigner(given);
  if (isProvider(given)) return ofProvider(given);
  if (isEip1193(given)) {
    const chainId = await read("reading the chain's id", () => walletChain(given), signal);
    return ofWallet(given, chainId);
  }
  throw new SdkError({
    code: "PROVIDER_INVALID",
    reason: "it is neither of ethers nor of EIP-1193",
  });
}

function ofSigner(signer: Signer): ChainAccess {
  const { provider } = signer;
  if (provider === null)
    throw new SdkError({ code: "PROVIDER_INVALID", reason: "the signer has no provider" });
  return {
    provider,
    chainId: () => chainOf(provider),
    account: async () => parseAddress(await signer.getAddress()),
    signer: () => Promise.resolve(signer),
    keepsNonce: true,
  };
}

function ofProvider(provider: Provider): ChainAccess {
  return {
    provider,
    chainId: () => chainOf(provider),
    account: () => Promise.resolve(null),
    signer: () => Promise.reject(new SdkError({ code: "ACCOUNT_MISSING" })),
    keepsNonce: true,
  };
}

function ofWallet(wallet: Eip1193Provider, chainId: bigint): ChainAccess {
  // Without it, ethers looks for the network by itself, for as long as it takes.
  const staticNetwork = Network.from(chainId);
  // What was read before a transaction must not be taken for what is there after it.
  const cacheTimeout = -1;
  const provider = new BrowserProvider(wallet, staticNetwork, { staticNetwork, cacheTimeout });
  const ask = async (method: string): Promise<string | undefined> => {
    const accounts = (await provider.send(method, [])) as readonly string[];
    return accounts[0];
  };
  return {
    provider,
    chainId: () => walletChain(wallet),
    account: async () => {
      const known = await ask("eth_accounts");
      return known === undefined ? null : parseAddress(known);
    },
    signer: async () => {
      try {
        const account = (await ask("eth_accounts")) ?? (await ask("eth_requestAccounts"));
        if (account === undefined) throw new SdkError({ code: "ACCOUNT_MISSING" });
        return await provider.getSigner(account);
      } catch (error) {
        throw translateError(error, "connect an account");
      }
    },
    keepsNonce: false,
  };
}

async function walletChain(wallet: Eip1193Provider): Promise<bigint> {
  return BigInt((await wallet.request({ method: "eth_chainId" })) as string);
}

async function chainOf(provider: Provider): Promise<bigint> {
  return (await provider.getNetwork()).chainId;
}

function isSigner(it: ConnectOptions["provider"]): it is Signer {
  return "sendTransaction" in it && "getAddress" in it;
}

function isProvider(it: ConnectOptions["provider"]): it is Provider {
  return "getBlockNumber" in it && "getNetwork" in it;
}

function isEip1193(it: ConnectOptions["provider"]): it is Eip1193Provider {
  return "request" in it && typeof it.request === "function";
}
