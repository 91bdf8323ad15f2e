import type { Hex } from "@vouch/protocol";
import { toQuantity, Wallet } from "ethers";
import { network } from "hardhat";
import type { Upstream } from "./faultyRpc.ts";

export const LOCAL_CHAIN_ID = 31337;

/** Emits a log whose topic is the first word of what it is called with. */
export const EMITTER: Hex = "0x00000000000000000000000000000000000e4177";
const EMITTER_CODE = "0x60003560006000a100";
/** Reverts whatever it is called with. */
export const REVERTER: Hex = "0x0000000000000000000000000000000000072e7e";

/** A transaction that is in a block. */
export type MinedTransaction = {
  readonly hash: Hex;
  readonly nonce: number;
  readonly to: string;
  readonly input: Hex;
  readonly block: number;
};

/** Hardhat's chain with blocks as a test wants them. */
export type LocalChain = {
  readonly ask: Upstream;
  /** An account with ether, whose key nobody else has. */
  readonly wallet: Wallet;
  readonly mine: (blocks?: number) => Promise<void>;
  readonly head: () => Promise<number>;
  /** Remembers this block for `reorganise`. */
  readonly mark: () => Promise<void>;
  /** Replaces the blocks since the mark by as many others and one more, without their transactions. */
  readonly reorganise: () => Promise<void>;
  /** What the account has in blocks, in the order of the chain. */
  readonly transactions: () => Promise<readonly MinedTransaction[]>;
  readonly close: () => Promise<void>;
};

/** Starts a chain of its own; without `automine`, blocks come by `mine` only. */
export async function startLocalChain({
  automine,
}: {
  readonly automine: boolean;
}): Promise<LocalChain> {
  const connection = await network.create({
    network: "default",
    override: { mining: { auto: automine, interval: 0 } },
  });
  const ask: Upstream = (method, params) =>
    connection.provider.request({ method, params: [...params] });
  const wallet = new Wallet(`0x${"5e".repeat(32)}`);
  await ask("hardhat_setBalance", [wallet.address, toQuantity(10n ** 22n)]);
  await ask("hardhat_setCode", [EMITTER, EMITTER_CODE]);
  await ask("hardhat_setCode", [REVERTER, "0x60006000fd"]);
  let snapshot: unknown;
  let marked = 0;

  const head = async (): Promise<number> => Number(await ask("eth_blockNumber", []));
  const mine = async (blocks = 1): Promise<void> => {
    for (let mined = 0; mined < blocks; mined++) await ask("evm_mine", []);
  };
  return {
    ask,
    wallet,
    mine,
    head,
    async mark() {
      snapshot = await ask("evm_snapshot", []);
      marked = await head();
    },
    async reorganise() {
      const depth = (await head()) - marked;
      await ask("evm_revert", [snapshot]);
      await ask("evm_increaseTime", [1_000]); // other times, other hashes
      await mine(depth + 1);
    },
    async transactions() {
      const last = await head();
      const blocks = await Promise.all(
        Array.from({ length: last + 1 }, (_, number) =>
          ask("eth_getBlockByNumber", [toQuantity(number), true]),
        ),
      );
      return (blocks as readonly WireBlock[]).flatMap(({ number, transactions }) =>
        transactions
          .filter(({ from }) => from.toLowerCase() === wallet.address.toLowerCase())
          .map(({ hash, nonce, to, input }) => ({
            hash,
            nonce: Number(nonce),
            to,
            input,
            block: Number(number),
          })),
      );
    },
    close: () => connection.close(),
  };
}

type WireBlock = {
  readonly number: string;
  readonly transactions: readonly {
    readonly hash: Hex;
    readonly from: string;
    readonly nonce: string;
    readonly to: string;
    readonly input: Hex;
  }[];
};
