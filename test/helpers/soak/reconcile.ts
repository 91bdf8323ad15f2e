import type { Contracts, Hex, RequestId } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import type { ReceiptLedger } from "../../../offchain/protocol/typechain/index.ts";
import type { SoakAccount } from "./account.ts";
import type { Asked } from "./load.ts";
import type { ReconciledRow, Reverted } from "./report.ts";
import type { Transcript } from "./transcript.ts";

/** Whose accounts are reconciled. */
export type Parties = {
  readonly contracts: Contracts;
  readonly ledger: ReceiptLedger;
  readonly asked: readonly Asked[];
  /** Requests that escrows by HTTP made, in a token. */
  readonly escrowed: ReadonlySet<RequestId>;
  readonly payers: readonly SoakAccount[];
  readonly operator: Hex;
  readonly publisher: Hex;
  /** Of everybody who answers as the operator. */
  readonly transcripts: readonly Transcript[];
  /** First block of the soak, and how the operator stood before it. */
  readonly from: number;
  readonly before: Standing;
};

/** An operator's funds with the bonds of its batches that are free, its stake, and what of that is exposed, in wei. */
export type Standing = {
  readonly funds: bigint;
  readonly stake: bigint;
  readonly exposed: bigint;
};

/** Reads how an operator stands. */
export async function standingOf(
  operator: Hex,
  { vault }: Contracts,
  ledger: ReceiptLedger,
): Promise<Standing> {
  const bonds = await ledger.bondOf(operator);
  const stake = await vault.stakeOf(operator);
  const exposure = await vault.exposureOf(operator);
  const funds = await vault.runner?.provider?.getBalance(operator);
  if (funds === undefined) throw new TypeError("the contracts have no provider");
  return { funds: funds + bonds, stake: stake.own, exposed: exposure.own + exposure.delegated };
}

/** What the chain's events say of one request. */
type Events = {
  locked: number;
  unlocked: number;
  fulfilled: number;
  settled: number;
  refunded: number;
};

/** The accounts, and how many requests ended in which way. */
export type Reconciled = {
  readonly rows: readonly ReconciledRow[];
  readonly fulfilled: readonly RequestId[];
  readonly refunded: number;
  readonly refused: number;
  readonly reverted: Reverted;
};

/** Compares, by the chain's own events and balances, what everybody has with what they should have. Nothing may be under way. */
export async function reconcile(parties: Parties): Promise<Reconciled> {
  const { contracts, ledger, asked, escrowed, payers, operator, publisher, transcripts, from } =
    parties;
  const { requests } = contracts;
  const provider = requests.runner?.provider;
  if (provider == null) throw new TypeError("the contracts have no provider");
  const { filters } = requests;
  const logsOf = {
    requested: await requests.queryFilter(filters.InferenceRequested(), from),
    locked: await requests.queryFilter(filters.RequestLocked(), from),
    unlocked: await requests.queryFilter(filters.RequestUnlocked(), from),
    fulfilled: await requests.queryFilter(filters.InferenceFulfilled(), from),
    settled: await requests.queryFilter(filters.RequestSettled(), from),
    refunded: await requests.queryFilter(filters.RequestRefunded(), from),
    withdrawn: await requests.queryFilter(filters.Withdrawn(), from),
  };
  const events = new Map<RequestId, Events>();
  for (const { args } of logsOf.requested) events.set(args.id as RequestId, noEvents());
  const stray = new Set<string>();
  for (const name of ["locked", "unlocked", "fulfilled", "settled", "refunded"] as const)
    for (const { args } of logsOf[name]) {
      const of = events.get(args.id as RequestId);
      if (of === undefined) stray.add(args.id);
      else of[name] += 1;
    }

  const all = [...events.values()];
  const known = asked.filter(({ id }) => events.has(id));
  const byHttp = [...events.keys()].filter((id) => escrowed.has(id));
  const inEther = logsOf.settled.filter(({ args }) => !escrowed.has(args.id as RequestId));
  const isFulfilled = (it: Events): boolean =>
    it.fulfilled === 1 && it.settled === 1 && it.refunded === 0;
  const isRefunded = (it: Events): boolean =>
    it.fulfilled === 0 && it.settled === 0 && it.refunded === 1;
  const fulfilled = [...events].filter(([, it]) => isFulfilled(it)).map(([id]) => id);
  const refunded = all.filter(isRefunded).length;
  const ofKind = (kinds: readonly string[]): readonly Asked[] =>
    known.filter(({ kind }) => kinds.includes(kind));
  const count = (what: string, expected: number, found: number): ReconciledRow => ({
    ...{ what, unit: "count", expected: BigInt(expected), found: BigInt(found) },
  });
  const wei = (what: string, expected: bigint, found: bigint): ReconciledRow => ({
    ...{ what, unit: "wei", expected, found },
  });
  const credit = (account: string): Promise<bigint> => requests.creditOf(NATIVE_TOKEN, account);
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);
  const settledOf = new Map(logsOf.settled.map(({ args }) => [args.id as RequestId, args]));

  const rows: ReconciledRow[] = [
    count("requests of nobody", 0, events.size - known.length - byHttp.length + stray.size),
    count("requests fulfilled once or refunded once", events.size, fulfilled.length + refunded),
    count(
      "ordinary requests fulfilled",
      ofKind(["ordinary"]).length,
      ofKind(["ordinary"]).filter(({ id }) => fulfilled.includes(id)).length,
    ),
    count(
      "requests that nobody takes, given back",
      ofKind(["late", "cheap", "cancelled"]).length,
      ofKind(["late", "cheap", "cancelled"]).filter(({ id }) => {
        const of = events.get(id);
        return of !== undefined && isRefunded(of);
      }).length,
    ),
    count(
      "requests locked twice or given up",
      0,
      all.filter((it) => it.locked > 1 || it.unlocked > 0).length,
    ),
    count("requests answered in two ways by anybody", 0, answeredInTwoWays(transcripts)),
  ];

  const accounts = [...payers.map(({ address }) => address), operator, publisher];
  const credits = await Promise.all([...new Set(accounts)].map(credit));
  const address = await requests.getAddress();
  rows.push(
    wei("escrow: balance of the contract", sum(credits), await provider.getBalance(address)),
  );

  for (const [index, payer] of payers.entries()) {
    const receipts = await Promise.all(
      payer.hashes.map((hash) => provider.getTransactionReceipt(hash)),
    );
    const gas = sum(receipts.map((it) => (it === null ? 0n : it.gasUsed * it.gasPrice)));
    const own = known.filter((it) => it.payer.address === payer.address);
    const fees = sum(
      own.map(({ id }) => {
        const settled = settledOf.get(id);
        return settled === undefined ? 0n : settled.paid + settled.royalty;
      }),
    );
    const left = (await provider.getBalance(payer.address)) + (await credit(payer.address));
    rows.push(
      wei(`payer ${String(index)}: spent = fees + gas`, fees + gas, payer.funds - left),
      count(
        `payer ${String(index)}: transactions in blocks`,
        payer.hashes.length,
        receipts.filter((it) => it !== null).length,
      ),
    );
  }

  const withdrawn = sum(
    logsOf.withdrawn
      .filter(({ args }) => isSame(args.account, operator) && args.token === NATIVE_TOKEN)
      .map(({ args }) => args.amount),
  );
  rows.push(
    wei(
      "operator: credit = fees of fulfilled - withdrawn",
      sum(inEther.map(({ args }) => args.paid)) - withdrawn,
      await credit(operator),
    ),
    wei(
      "publisher: royalties",
      sum(inEther.map(({ args }) => args.royalty)),
      await credit(publisher),
    ),
  );
  const { gas, reverted } = await spentOf(operator, from, contracts);
  const { before } = parties;
  const after = await standingOf(operator, contracts, ledger);
  rows.push(
    wei(
      "operator: funds and free bonds = before + withdrawn - gas",
      before.funds + withdrawn - gas,
      after.funds,
    ),
    wei("operator: stake, none slashed", before.stake, after.stake),
    wei("operator: exposed by no request that is final", before.exposed, after.exposed),
  );
  const refused = asked.length - known.length;
  return { rows, fulfilled, refunded, refused, reverted };
}

function noEvents(): Events {
  return { locked: 0, unlocked: 0, fulfilled: 0, settled: 0, refunded: 0 };
}

/** Counts the requests that one of them sent two answers for, or two of them sent different ones. */
function answeredInTwoWays(transcripts: readonly Transcript[]): number {
  const said = new Map<RequestId, Set<string>>();
  for (const { answers } of transcripts)
    for (const [id, some] of answers) said.set(id, new Set([...(said.get(id) ?? []), ...some]));
  return [...said.values()].filter(({ size }) => size > 1).length;
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** What an account paid for gas in the blocks from one on, whoever knows of its transactions, and for what of it. */
async function spentOf(
  account: Hex,
  from: number,
  { requests }: Contracts,
): Promise<{ readonly gas: bigint; readonly reverted: Reverted }> {
  const provider = requests.runner?.provider;
  if (provider == null) throw new TypeError("the contracts have no provider");
  const paid = { gas: 0n, count: 0, reverted: 0n };
  for (let number = await provider.getBlockNumber(); number >= from; number--) {
    const block = await provider.getBlock(number, true);
    for (const { hash, from: sender } of block?.prefetchedTransactions ?? []) {
      if (!isSame(sender, account)) continue;
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt === null) continue;
      const wei = receipt.gasUsed * receipt.gasPrice;
      paid.gas += wei;
      if (receipt.status === 1) continue;
      paid.count += 1;
      paid.reverted += wei;
    }
  }
  return { gas: paid.gas, reverted: { count: paid.count, wei: paid.reverted } };
}
