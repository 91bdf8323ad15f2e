import type { Hex } from "@vouch/protocol";
import { parseAddress } from "@vouch/protocol";
import type { ContractRunner, Eip1193Provider, Provider, Signer } from "ethers";
import { SdkError } from "../errors.ts";
import type { ConnectOptions } from "./options.ts";
import type { ChainReader } from "./chainReader.ts";
import { translateError } from "./translateError.ts";
import { openWalletRunner } from "./walletRunner.ts";

/** An account, and what contracts send through in its name. */
export type AccessedSigner = { readonly account: Hex; readonly runner: ContractRunner };

/** A chain as an application reaches it. */
export type ChainAccess = {
  readonly reader: ChainReader;
  /** Through which contracts read. */
  readonly runner: ContractRunner;
  /** The one that it is on now: a wallet's user may change it at any time. */
  readonly chainId: () => Promise<bigint>;
  /** Who would send; null where nobody is known yet. Never asks the user. */
  readonly account: () => Promise<Hex | null>;
  /**
   * Who sends; asks the wallet's user where nobody is known yet.
   *
   * @throws {SdkError} `ACCOUNT_MISSING`, `USER_REJECTED`.
   */
  readonly signer: () => Promise<AccessedSigner>;
  /** Whether a transaction is sent under the nonce that it is given, so that it can safely be sent again; wallets choose their own. */
  readonly keepsNonce: boolean;
};

/**
 * Returns a provider of ethers, a signer or an EIP-1193 provider as one thing.
 *
 * @throws {SdkError} `PROVIDER_INVALID`.
 */
export function openAccess(given: ConnectOptions["provider"]): ChainAccess {
  if (isSigner(given)) return ofSigner(given);
  if (isProvider(given)) return ofProvider(given);
  if (isEip1193(given)) return ofWallet(given);
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
    reader: provider,
    runner: provider,
    chainId: () => chainOf(provider),
    account: async () => parseAddress(await signer.getAddress()),
    signer: async () => ({ account: parseAddress(await signer.getAddress()), runner: signer }),
    keepsNonce: true,
  };
}

function ofProvider(provider: Provider): ChainAccess {
  return {
    reader: provider,
    runner: provider,
    chainId: () => chainOf(provider),
    account: () => Promise.resolve(null),
    signer: () => Promise.reject(new SdkError({ code: "ACCOUNT_MISSING" })),
    keepsNonce: true,
  };
}

function ofWallet(wallet: Eip1193Provider): ChainAccess {
  const ask = async (method: string): Promise<Hex | null> => {
    const [account] = (await wallet.request({ method })) as readonly string[];
    return account === undefined ? null : parseAddress(account);
  };
  return {
    ...openWalletRunner(wallet),
    chainId: () => walletChain(wallet),
    account: () => ask("eth_accounts"),
    signer: async () => {
      try {
        const account = (await ask("eth_accounts")) ?? (await ask("eth_requestAccounts"));
        if (account === null) throw new SdkError({ code: "ACCOUNT_MISSING" });
        return { account, runner: openWalletRunner(wallet, account).runner };
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
