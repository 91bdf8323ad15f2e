/** What the SDK reads beside contracts: a part of ethers' `Provider`, so that a wallet needs no more than this. */
export type ChainReader = {
  readonly getBalance: (account: string) => Promise<bigint>;
  readonly getCode: (address: string) => Promise<string>;
  readonly getBlock: (block: number | "latest") => Promise<ReadBlock | null>;
  readonly getBlockNumber: () => Promise<number>;
  readonly getFeeData: () => Promise<{
    readonly gasPrice: bigint | null;
    readonly maxFeePerGas: bigint | null;
  }>;
  readonly getTransactionCount: (account: string, block: "latest" | "pending") => Promise<number>;
  readonly getTransactionReceipt: (hash: string) => Promise<MinedTransaction | null>;
};

export type ReadBlock = { readonly hash: string | null; readonly timestamp: number };

export type MinedTransaction = {
  readonly hash: string;
  readonly status: number | null;
  readonly gasUsed: bigint;
};
