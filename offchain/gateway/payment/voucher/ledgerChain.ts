import type {
  BatchInclusion,
  Contracts,
  Hex,
  Policy,
  Receipt,
  ReceiptLedger,
  ReceiptProver,
  Voucher,
} from "@vouch/protocol";
import {
  channelId,
  encodeEvidence,
  encodeInclusion,
  encodePolicy,
  findContractError,
  hashOfHex,
  joinHex,
} from "@vouch/protocol";
import type { PostedBatch, VoucherBatch } from "@vouch/queue";
import { GatewayError } from "../../errors.ts";
import type { ChainHead } from "../tokenReader.ts";
import { inRanges } from "./inRanges.ts";

/** In the order of `IReceiptLedger.Status`. */
const STATUSES = ["undisputed", "disputed", "proven", "skipped"] as const;
/** In the order of `IReceiptLedger.Refusal`. */
const REFUSALS = [
  ...(["none", "notIncluded", "notFinal", "skipped", "claimPeriodOver"] as const),
  ...(["voucherExpired", "amountTooHigh", "signatureInvalid", "voucherSpent"] as const),
  "depositInsufficient",
] as const;

/** The chain's time in which a batch's bond is topped up by one amount once at most. */
const FUND_SECONDS = 600;
const DAY_SECONDS = 86_400;

export type ItemStatus = (typeof STATUSES)[number];
/** Why the ledger would not pay an item now; `none` where it would. */
export type ItemRefusal = (typeof REFUSALS)[number];

/** A batch as the chain has it; seconds since 1970, wei. */
export type BatchOnChain = {
  readonly root: Hex;
  readonly disputableUntil: number;
  readonly openDisputes: number;
  /** Whether any item was disputed, proven or skipped. */
  readonly isMarked: boolean;
  readonly bond: bigint;
};

/** An item's inclusion, and what its requester signed. */
export type Claimable = { readonly inclusion: BatchInclusion; readonly signature: Hex };

/** What an operator's vouchers rest on; wei, seconds since 1970. */
export type LedgerMeans = {
  /** Behind the operator's signatures: 0 where it lapses within days. */
  readonly bond: bigint;
  readonly lapsesAt: number;
  /** What posting a batch takes beside the free bond there, and what the operator's account has. */
  readonly missing: bigint;
  readonly balance: bigint;
};

/** A transaction of the operator's; `key` names its effect for ever. */
export type LedgerIntent = {
  readonly key: string;
  readonly to: Hex;
  readonly data: Hex;
  /** Wei. */
  readonly value?: bigint;
};

/**
 * Has an intent mined once by its key, whatever becomes of this process (`journaledSend` of the worker); `status` is 1 where it had
 * its effect. A contract's refusal at estimation is thrown as it comes.
 */
export type LedgerSend = (intent: LedgerIntent) => Promise<{ readonly status: number }>;

/** What a gateway asks and wants of the ledger, for one operator and token. Errors of the node are its own. */
export type LedgerChain = {
  readonly head: () => Promise<ChainHead>;
  /** What vouchers of the requester can count on, as of a block: a node that has not got it says nothing. */
  readonly spendableOf: (requester: Hex, block: number) => Promise<bigint>;
  /** Whether the nonce is paid, frozen or void, as of a block. */
  readonly isSpent: (voucher: Voucher, block: number) => Promise<boolean>;
  /** What batches of so many receipts rest on. */
  readonly means: (count: number) => Promise<LedgerMeans>;
  /** Wei that posting so many receipts takes beside the operator's free bond. */
  readonly missingBond: (count: number) => Promise<bigint>;
  /** The operator's batch of a root, where it posted it. */
  readonly find: (root: Hex, fromBlock: number) => Promise<PostedBatch | undefined>;
  readonly batchAt: (batch: bigint) => Promise<BatchOnChain>;
  readonly statusOf: (batch: bigint, index: number) => Promise<ItemStatus>;
  /** Indices of what was ever disputed, proven or skipped of a batch. */
  readonly markedIn: (posted: PostedBatch) => Promise<ReadonlySet<number>>;
  /** By index: the transaction that paid an item of the batch, and its block. */
  readonly paidIn: (
    posted: PostedBatch,
  ) => Promise<ReadonlyMap<number, { readonly transaction: Hex; readonly block: number }>>;
  /** Channel and nonce, as `objectionKey` has them, of what was objected to in these blocks. */
  readonly objections: (fromBlock: number, toBlock: number) => Promise<readonly string[]>;
  readonly isObjected: (voucher: Voucher) => Promise<boolean>;
  readonly refusalOf: (item: Claimable) => Promise<ItemRefusal>;
  /** Adds wei to the operator's free bond: the same for one batch within ten minutes is the same transaction. */
  readonly fundBond: (batch: VoucherBatch, amount: bigint) => Promise<boolean>;
  /** Each returns whether it had its effect; `batch.posting` tells one posting from the next, `batch.attempt` all others. */
  readonly post: (batch: VoucherBatch) => Promise<boolean>;
  readonly prove: (
    batch: VoucherBatch,
    item: Claimable,
    policy: Policy,
    receipt: Receipt,
  ) => Promise<boolean>;
  readonly claim: (batch: VoucherBatch, items: readonly Claimable[]) => Promise<boolean>;
  readonly releaseBond: (batch: VoucherBatch, id: bigint) => Promise<boolean>;
  /** What vouchers of the requester paid in the token, and is in the ledger yet. */
  readonly earnedFrom: (requester: Hex) => Promise<bigint>;
  /** Moves what these paid, once a day by the chain's clock and call. */
  readonly withdraw: (requesters: readonly Hex[], to: Hex) => Promise<boolean>;
};

export type LedgerChainDeps = {
  /** Their runner reads (`connectLedger`). */
  readonly ledger: ReceiptLedger;
  readonly prover: ReceiptProver;
  /** Where the operator's bond is; as `ledger`, it reads. */
  readonly signatures: Pick<Contracts["signatures"], "bondOf" | "lapsesAtOf">;
  /** Sends from the operator's account. */
  readonly send: LedgerSend;
};

/** Names an objection by channel and nonce. */
export function objectionKey(channel: string, nonce: bigint): string {
  return `${channel}:${nonce}`;
}

/** @param operator who posts; @param token what vouchers pay in */
export function createLedgerChain(
  { operator, token }: { readonly operator: Hex; readonly token: Hex },
  { ledger, prover, signatures, send }: LedgerChainDeps,
): LedgerChain {
  const provider = ledger.runner?.provider;
  const block = async (tag: number | "latest"): Promise<{ number: number; timestamp: number }> => {
    const found = await provider?.getBlock(tag);
    if (found == null)
      throw new GatewayError({ code: "FACILITATOR_UNAVAILABLE", operation: "chain" });
    return found;
  };
  let disputePeriod: Promise<bigint> | undefined;
  /** The highest block with a claim that was seen: a deposit as of a block below still has what was claimed. */
  let claimed = 0;

  const missingBond = async (count: number): Promise<bigint> => {
    const [needed, free] = await Promise.all([ledger.bondFor(count), ledger.bondOf(operator)]);
    return needed > free ? needed - free : 0n;
  };

  const sent = async (
    name: string,
    { root, attempt }: Pick<VoucherBatch, "root" | "attempt">,
    at: ReceiptLedger | ReceiptProver,
    data: string,
    value = 0n,
  ): Promise<boolean> => {
    const to = ((await at.getAddress()) as Hex).toLowerCase() as Hex;
    // Of one attempt, too, what is claimed may have changed since it was sent first.
    const key = `ledger.${name}:${root}:${attempt}:${hashOfHex([data as Hex])}`;
    return (await send({ key, to, data: data as Hex, value })).status === 1;
  };

  return {
    async head() {
      const { number, timestamp } = await block("latest");
      return { block: Math.max(number, claimed), time: timestamp };
    },
    spendableOf: (requester, blockTag) =>
      ledger.spendableOf(requester, operator, token, { blockTag }),
    isSpent: ({ requester, nonce }, blockTag) =>
      ledger.isSpent(requester, operator, token, nonce, { blockTag }),
    async means(count) {
      const [bond, lapsesAt, missing, balance] = await Promise.all([
        signatures.bondOf(operator),
        signatures.lapsesAtOf(operator),
        missingBond(count),
        provider?.getBalance(operator) ?? 0n,
      ]);
      return { bond, lapsesAt: Number(lapsesAt), missing, balance };
    },
    missingBond,
    async find(root, fromBlock) {
      const { number: head } = await block("latest");
      const filter = ledger.filters.BatchPosted(undefined, operator);
      const events = await inRanges(fromBlock, head, (from, to) =>
        ledger.queryFilter(filter, from, to),
      );
      const event = events.find((it) => it.args.root.toLowerCase() === root);
      if (event === undefined) return undefined;
      return {
        batch: event.args.batch,
        postedAt: (await block(event.blockNumber)).timestamp,
        block: event.blockNumber,
        transaction: event.transactionHash as Hex,
      };
    },
    async batchAt(batch) {
      disputePeriod ??= ledger.DISPUTE_PERIOD().catch((error: unknown) => {
        disputePeriod = undefined;
        throw error;
      });
      const [period, found] = await Promise.all([disputePeriod, ledger.batchOf(batch)]);
      return {
        root: found.root.toLowerCase() as Hex,
        disputableUntil: Number(found.postedAt + period),
        openDisputes: Number(found.openDisputes),
        isMarked: found.marked,
        bond: found.bond,
      };
    },
    async statusOf(batch, index) {
      return named(STATUSES, await ledger.statusOf(batch, index));
    },
    async markedIn({ batch, block: from }) {
      const { ItemDisputed, ItemProven, ItemSkipped } = ledger.filters;
      const { number: head } = await block("latest");
      const found = await inRanges(from, head, async (start, end) => [
        ...(await ledger.queryFilter(ItemDisputed(batch), start, end)),
        ...(await ledger.queryFilter(ItemProven(batch), start, end)),
        ...(await ledger.queryFilter(ItemSkipped(batch), start, end)),
      ]);
      return new Set(found.map(({ args }) => Number(args.index)));
    },
    async paidIn({ batch, block: from }) {
      const { number: head } = await block("latest");
      const filter = ledger.filters.ItemPaid(batch);
      const events = await inRanges(from, head, (start, end) =>
        ledger.queryFilter(filter, start, end),
      );
      claimed = Math.max(claimed, ...events.map(({ blockNumber }) => blockNumber));
      return new Map(
        events.map(({ args, transactionHash, blockNumber }) => [
          Number(args.index),
          { transaction: transactionHash as Hex, block: blockNumber },
        ]),
      );
    },
    async objections(fromBlock, toBlock) {
      const filter = ledger.filters.VoucherObjected();
      const events = await inRanges(fromBlock, toBlock, (from, to) =>
        ledger.queryFilter(filter, from, to),
      );
      return events.map(({ args }) => objectionKey(args.channel, args.nonce));
    },
    isObjected: async (voucher) =>
      (await ledger.objectionOf(channelId(voucher), voucher.nonce)) > 0n,
    async refusalOf({ inclusion, signature }) {
      try {
        await ledger.claim.staticCall(encodeInclusion(inclusion), signature);
        return "none";
      } catch (error) {
        const found = findContractError(error);
        const refusal = found?.name === "ItemNotPayable" ? found.args[2] : undefined;
        if (refusal === undefined) throw error;
        return named(REFUSALS, BigInt(refusal));
      }
    },
    async fundBond({ root }, amount) {
      const { timestamp } = await block("latest");
      // What was spent elsewhere once more is added once more.
      const key = `ledger.fund:${root}:${amount}:${Math.floor(timestamp / FUND_SECONDS)}`;
      const to = ((await ledger.getAddress()) as Hex).toLowerCase() as Hex;
      const data = ledger.interface.encodeFunctionData("fundBond") as Hex;
      return (await send({ key, to, data, value: amount })).status === 1;
    },
    post(batch) {
      const { root, count, note, bond, posting } = batch;
      const call = ledger.interface.encodeFunctionData("post", [root, count]) as Hex;
      // The ledger reads its two words; what is behind them is signed and kept all the same.
      const data = note === null ? call : joinHex([call, note]);
      return sent("post", { root, attempt: posting }, ledger, data, bond);
    },
    prove(batch, { inclusion, signature }, policy, { statement, input, output, evidence }) {
      const { release, request, operator: by } = statement;
      const receipt = {
        ...{ release, request, operator: by, input: [...input], output: [...output] },
        evidence: evidence.map(encodeEvidence),
      };
      const data = prover.interface.encodeFunctionData("prove", [
        ...([encodeInclusion(inclusion), signature, encodePolicy(policy), receipt] as const),
      ]);
      return sent("prove", batch, prover, data);
    },
    claim(batch, items) {
      const data = ledger.interface.encodeFunctionData("claimMany", [
        items.map(({ inclusion }) => encodeInclusion(inclusion)),
        items.map(({ signature }) => signature),
      ]);
      return sent("claim", batch, ledger, data);
    },
    earnedFrom: async (requester) => (await ledger.channelOf(requester, operator, token)).earned,
    async withdraw(requesters, account) {
      const { timestamp } = await block("latest");
      const data = ledger.interface.encodeFunctionData("withdrawEarnings", [
        token,
        [...requesters],
        account,
      ]) as Hex;
      const key = `ledger.withdraw:${hashOfHex([data])}:${Math.floor(timestamp / DAY_SECONDS)}`;
      const to = ((await ledger.getAddress()) as Hex).toLowerCase() as Hex;
      return (await send({ key, to, data })).status === 1;
    },
    releaseBond: (batch, id) =>
      sent("release", batch, ledger, ledger.interface.encodeFunctionData("releaseBond", [id])),
  };
}

function named<Name extends string>(names: readonly Name[], index: bigint): Name {
  const name = names[Number(index)];
  if (name === undefined) throw new RangeError(`the ledger answers ${index}, of ${names.length}`);
  return name;
}
