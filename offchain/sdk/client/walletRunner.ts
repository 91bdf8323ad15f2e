import type {
  ContractRunner,
  Eip1193Provider,
  LogParams,
  Provider,
  TransactionRequest,
  TransactionResponse,
} from "ethers";
import { Log, toQuantity } from "ethers";
import type { ChainReader } from "./chainReader.ts";

/** What contracts of ethers read and, with an account, send through. */
export type WalletRunner = { readonly reader: ChainReader; readonly runner: ContractRunner };

type Call = Readonly<Record<string, unknown>>;
type Quantity = string;
type RpcBlock = { readonly hash: string | null; readonly timestamp: Quantity } | null;
type RpcReceipt = {
  readonly transactionHash: string;
  readonly status?: Quantity;
  readonly gasUsed: Quantity;
} | null;
type RpcLog = Readonly<Record<keyof LogParams, never>> & {
  readonly logIndex: Quantity;
};
type LogFilter = {
  readonly address?: unknown;
  readonly topics?: unknown;
  readonly fromBlock?: unknown;
  readonly toBlock?: unknown;
};

/**
 * Returns an EIP-1193 provider as contracts of ethers take it: calls, logs and, where there is an account, transactions.
 * ethers' `BrowserProvider` does all of this and more; it takes 69 kB of a bundle (`npm run bench:bundle`), most of it for
 * names and for signing, which wallets do.
 */
export function openWalletRunner(wallet: Eip1193Provider, account?: string): WalletRunner {
  const ask = async <T>(method: string, ...params: readonly unknown[]): Promise<T> =>
    (await wallet.request({ method, params: [...params] })) as T;
  const reader: ChainReader = {
    getBalance: async (of) => BigInt(await ask<Quantity>("eth_getBalance", of, "latest")),
    getCode: (address) => ask("eth_getCode", address, "latest"),
    getBlock: async (block) => {
      const found = await ask<RpcBlock>("eth_getBlockByNumber", tagOf(block), false);
      return found && { hash: found.hash, timestamp: countOf(found.timestamp) };
    },
    getBlockNumber: async () => countOf(await ask("eth_blockNumber")),
    getFeeData: async () => ({
      gasPrice: BigInt(await ask<Quantity>("eth_gasPrice")),
      maxFeePerGas: null,
    }),
    getTransactionCount: async (of, block) =>
      countOf(await ask("eth_getTransactionCount", of, block)),
    getTransactionReceipt: async (hash) => {
      const found = await ask<RpcReceipt>("eth_getTransactionReceipt", hash);
      if (found === null) return null;
      const status = found.status === undefined ? null : countOf(found.status);
      return { hash: found.transactionHash, status, gasUsed: BigInt(found.gasUsed) };
    },
  };
  const call = ({ blockTag, ...transaction }: TransactionRequest): Promise<string> =>
    ask("eth_call", callOf(transaction, account), tagOf(blockTag ?? "latest"));
  const estimateGas = async (transaction: TransactionRequest): Promise<bigint> =>
    BigInt(await ask<Quantity>("eth_estimateGas", callOf(transaction, account)));
  const provider = {
    ...reader,
    call,
    estimateGas,
    getBlock: (block: number | string) =>
      typeof block === "string" && block.length === HASH_LENGTH
        ? ask<RpcBlock>("eth_getBlockByHash", block, false).then(
            (it) => it && { ...it, timestamp: countOf(it.timestamp) },
          )
        : reader.getBlock(block as number | "latest"),
    getLogs: async ({ address, topics, fromBlock, toBlock }: LogFilter): Promise<Log[]> => {
      const range = { fromBlock: tagOf(fromBlock), toBlock: tagOf(toBlock) };
      const logs = await ask<readonly RpcLog[]>("eth_getLogs", { address, topics, ...range });
      return logs.map((it) => new Log(logOf(it), provider));
    },
  } as unknown as Provider; // all of it that contracts use to read
  const sendTransaction = async (transaction: TransactionRequest): Promise<TransactionResponse> => {
    const hash = await ask<string>("eth_sendTransaction", callOf(transaction, account));
    return { hash } as unknown as TransactionResponse; // of which the hash alone is used
  };
  return {
    reader,
    runner: {
      ...{ provider, call, estimateGas },
      ...(account === undefined ? {} : { sendTransaction }),
    },
  };
}

/** A quantity that a number holds; throws for anything else, so that no `NaN` goes on into a deadline. */
function countOf(quantity: Quantity): number {
  return Number(BigInt(quantity));
}

/** Of 32 bytes in hex. */
const HASH_LENGTH = 66;

function tagOf(block: unknown): string {
  if (block === undefined || block === null) return "latest";
  return typeof block === "string" ? block : toQuantity(block as number | bigint);
}

/** What of a transaction a wallet is told; the rest it knows better. */
function callOf(
  { from, to, data, value, gasLimit, chainId }: TransactionRequest,
  account: string | undefined,
): Call {
  const optional = { value, gas: gasLimit, chainId };
  const quantities = Object.entries(optional).flatMap(([name, it]) =>
    it === undefined || it === null ? [] : [[name, toQuantity(it)] as const],
  );
  const sender = from ?? account;
  return {
    ...(sender === undefined ? {} : { from: sender }),
    ...{ to, data },
    ...Object.fromEntries(quantities),
  };
}

function logOf({ logIndex, ...log }: RpcLog): LogParams {
  const { blockNumber, transactionIndex } = log;
  return {
    ...log,
    removed: false,
    blockNumber: Number(blockNumber),
    transactionIndex: Number(transactionIndex),
    index: Number(logIndex),
  };
}
