import type { Hex } from "@vouch/protocol";
import { DEPLOYMENT, FIRST_BLOCK, address, blockHash, hash32 } from "./addresses.ts";
import type { EventLog } from "./eventLog.ts";
import type { SyntheticTransaction } from "./syntheticEpoch.ts";
import { SLOTS, syntheticEpoch } from "./syntheticEpoch.ts";

/** Between two blocks with events are as many without, as on a chain that others use too. */
const STRIDE = 25;
const SECONDS = 12;
const GENESIS_TIME = 1_760_000_000;
/** Blocks after the last event, so that all of them are final. */
const TAIL = 200;
const KEPT_EPOCHS = 1_500;
const BLOOM = `0x${"00".repeat(256)}`;
const ROOT = hash32("root");
const GAS = 180_000;
const TOPIC_GAS = 40_000;

/** A log as JSON-RPC has it, as text. */
type PlacedLog = {
  readonly address: Hex;
  readonly topic: Hex;
  readonly block: number;
  readonly json: string;
};
type Epoch = {
  readonly transactions: readonly (readonly SyntheticTransaction[])[];
  readonly logs: readonly PlacedLog[];
};

/** What logs are asked for. */
export type LogFilter = {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly addresses: ReadonlySet<string> | undefined;
  readonly topics: ReadonlySet<string> | undefined;
};

/** A chain of real events that never happened: made anew from a block's number whenever it is asked for. */
export type SyntheticChain = {
  readonly head: number;
  /** Of every kind, how many there are. */
  readonly events: ReadonlyMap<string, number>;
  readonly blockJson: (number: number, isFull: boolean) => string | undefined;
  readonly logsJson: (filter: LogFilter) => string;
  readonly receiptsJson: (number: number) => string | undefined;
  readonly receiptJson: (transaction: string) => string | undefined;
};

/** Returns a chain with at least as many events, all of them final. */
export function createSyntheticChain(events: number): SyntheticChain {
  const counts = new Map<string, number>();
  let epochs = 0;
  for (let total = 0; total < events; epochs++)
    for (const { logs } of syntheticEpoch(epochs, timeIn(epochs)).flat())
      for (const { name } of logs) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        total++;
      }
  const head = numberOf(epochs, 0) + TAIL;
  const kept = new Map<number, Epoch>();

  function epochAt(index: number): Epoch {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const made = epochOf(index);
    kept.set(index, made);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_EPOCHS && oldest !== undefined) kept.delete(oldest);
    return made;
  }

  function transactionsOf(number: number): readonly SyntheticTransaction[] {
    const place = (number - FIRST_BLOCK) / STRIDE;
    if (place < 0 || !Number.isInteger(place)) return [];
    const epoch = Math.floor(place / SLOTS);
    return epoch < epochs ? (epochAt(epoch).transactions[place % SLOTS] ?? []) : [];
  }

  return {
    head,
    events: counts,
    blockJson: (number, isFull) =>
      number > head ? undefined : blockJson(number, transactionsOf(number), isFull),
    receiptsJson: (number) =>
      number > head ? undefined : JSON.stringify(receiptsOf(number, transactionsOf(number))),
    receiptJson(hash) {
      const number = Number(hash.slice(0, 10));
      const index = Number(`0x${hash.slice(10, 14)}`);
      const receipt = receiptsOf(number, transactionsOf(number))[index];
      return receipt === undefined ? undefined : JSON.stringify(receipt);
    },
    logsJson({ fromBlock, toBlock, addresses, topics }) {
      const found: string[] = [];
      const first = Math.max(0, epochWith(fromBlock));
      const last = Math.min(epochs - 1, epochWith(toBlock));
      for (let epoch = first; epoch <= last; epoch++)
        for (const log of epochAt(epoch).logs)
          if (
            log.block >= fromBlock &&
            log.block <= toBlock &&
            (addresses?.has(log.address) ?? true) &&
            (topics?.has(log.topic) ?? true)
          )
            found.push(log.json);
      return `[${found.join(",")}]`;
    },
  };
}

function epochOf(index: number): Epoch {
  const transactions = syntheticEpoch(index, timeIn(index));
  const logs = transactions.flatMap((inBlock, slot) => {
    let position = 0;
    return inBlock.flatMap((transaction, place) =>
      transaction.logs.map((log) => placed(log, numberOf(index, slot), place, position++)),
    );
  });
  return { transactions, logs };
}

function placed(log: EventLog, block: number, transaction: number, position: number): PlacedLog {
  const [topic] = log.topics;
  return {
    address: log.address,
    topic: topic ?? "0x",
    block,
    json: JSON.stringify({
      address: log.address,
      topics: log.topics,
      data: log.data,
      blockHash: blockHash(block),
      blockNumber: hex(block),
      transactionHash: transactionHash(block, transaction),
      transactionIndex: hex(transaction),
      logIndex: hex(position),
      removed: false,
    }),
  };
}

function blockJson(
  number: number,
  transactions: readonly SyntheticTransaction[],
  isFull: boolean,
): string {
  return JSON.stringify({
    number: hex(number),
    hash: blockHash(number),
    parentHash: blockHash(number - 1),
    timestamp: hex(timeOf(number)),
    logsBloom: BLOOM,
    miner: address("miner"),
    gasUsed: hex(15_000_000),
    gasLimit: hex(36_000_000),
    baseFeePerGas: hex(1_000_000_000),
    nonce: "0x0000000000000000",
    mixHash: ROOT,
    stateRoot: ROOT,
    receiptsRoot: ROOT,
    transactionsRoot: ROOT,
    sha3Uncles: ROOT,
    size: hex(40_000),
    difficulty: "0x0",
    totalDifficulty: "0x0",
    extraData: "0x",
    uncles: [],
    transactions: transactions.map((transaction, index) =>
      isFull ? fullTransaction(number, index, transaction) : transactionHash(number, index),
    ),
  });
}

function fullTransaction(
  block: number,
  index: number,
  { from, to, logs }: SyntheticTransaction,
): object {
  return {
    hash: transactionHash(block, index),
    blockHash: blockHash(block),
    blockNumber: hex(block),
    transactionIndex: hex(index),
    from,
    to,
    // Calldata is about as long as what it makes the contract say.
    input: `0x5a5a5a5a${logs[0]?.data.slice(2) ?? ""}`,
    value: "0x0",
    nonce: hex(block),
    gas: hex(500_000),
    gasPrice: hex(1_500_000_000),
    maxFeePerGas: hex(2_000_000_000),
    maxPriorityFeePerGas: hex(500_000_000),
    chainId: hex(Number(DEPLOYMENT.chainId)),
    accessList: [],
    type: "0x2",
    v: "0x1",
    r: ROOT,
    s: ROOT,
  };
}

function receiptsOf(
  number: number,
  transactions: readonly SyntheticTransaction[],
): readonly object[] {
  return transactions.map(({ from, to, logs }, index) => ({
    transactionHash: transactionHash(number, index),
    transactionIndex: hex(index),
    blockHash: blockHash(number),
    blockNumber: hex(number),
    from,
    to,
    contractAddress: null,
    cumulativeGasUsed: hex(GAS * (index + 1)),
    effectiveGasPrice: hex(1_500_000_000),
    gasUsed: hex(GAS + TOPIC_GAS * logs.length),
    logs: [],
    logsBloom: BLOOM,
    status: "0x1",
    type: "0x2",
  }));
}

function numberOf(epoch: number, slot: number): number {
  return FIRST_BLOCK + (epoch * SLOTS + slot) * STRIDE;
}

function epochWith(block: number): number {
  return Math.floor((block - FIRST_BLOCK) / (SLOTS * STRIDE));
}

function timeOf(block: number): number {
  return GENESIS_TIME + block * SECONDS;
}

function timeIn(epoch: number): (slot: number) => number {
  return (slot) => timeOf(numberOf(epoch, slot));
}

/** Block and place come first, so that a receipt is found by the hash alone. */
function transactionHash(block: number, index: number): Hex {
  const place = block.toString(16).padStart(8, "0") + index.toString(16).padStart(4, "0");
  return `0x${place}${hash32("transaction", place).slice(14)}`;
}

function hex(value: number): Hex {
  return `0x${value.toString(16)}`;
}
