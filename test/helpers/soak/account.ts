import type { Hex } from "@vouch/protocol";
import { keccak256, Wallet } from "ethers";
import type { Upstream } from "../faultyRpc.ts";

/** A call that an account signs. */
export type SoakCall = { readonly to: Hex; readonly data: Hex; readonly value?: bigint };

/** An account whose transactions are signed once and handed to the node until the chain has them, whatever it forgets. */
export type SoakAccount = {
  readonly address: Hex;
  /** What it had before. */
  readonly funds: bigint;
  readonly privateKey: Hex;
  /** Signs the next transaction; returns its nonce. */
  readonly push: (call: SoakCall) => Promise<number>;
  /** Hands the node what it has not mined yet; returns the count of what it has. */
  readonly pump: () => Promise<number>;
  /** Hashes by nonce. */
  readonly hashes: readonly Hex[];
};

const GWEI = 10n ** 9n;
const FEES = { maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: GWEI };
const GAS = 1_000_000n;
/** Nodes drop what is far ahead of an account's nonce. */
const AHEAD = 32;
/** What the node has, by the words of the nodes in use. */
const KNOWN = /already (known|imported)|known transaction|nonce too low|nonce has already/i;

/** Opens an account with so much ether on a development node. */
export async function openAccount(key: Hex, funds: bigint, ask: Upstream): Promise<SoakAccount> {
  const wallet = new Wallet(key);
  const address = wallet.address.toLowerCase() as Hex;
  await ask("hardhat_setBalance", [address, `0x${funds.toString(16)}`]);
  const chainId = Number(await ask("eth_chainId", []));
  const raws: string[] = [];
  const hashes: Hex[] = [];
  let next = 0;

  return {
    address,
    funds,
    privateKey: key,
    hashes,
    async push({ to, data, value = 0n }) {
      const nonce = next++;
      const raw = await wallet.signTransaction({
        ...{ type: 2, chainId, nonce, to, data, value, gasLimit: GAS },
        ...FEES,
      });
      raws[nonce] = raw;
      hashes[nonce] = keccak256(raw) as Hex;
      return nonce;
    },
    async pump() {
      const count = Number(await ask("eth_getTransactionCount", [address, "latest"]));
      for (const raw of raws.slice(count, count + AHEAD))
        await ask("eth_sendRawTransaction", [raw]).catch((error: unknown) => {
          if (!(error instanceof Error) || !KNOWN.test(error.message)) throw error;
        });
      return count;
    },
  };
}
