import { existsSync, readFileSync } from "node:fs";
import type { Contracts, Hex, RequestId } from "@vouch/protocol";

/** One figure by two accounts of it; `difference` is 0 where they agree. */
export type Row = {
  readonly what: string;
  readonly expected: bigint;
  readonly found: bigint;
  readonly difference: bigint;
};

/** What there was before the requests that are reconciled. */
export type Opening = {
  readonly held: bigint;
  readonly operator: bigint;
  readonly requester: bigint;
  readonly block: number;
};

/** Who and what is reconciled; native currency only. */
export type Parties = {
  readonly contracts: Contracts;
  readonly operator: Hex;
  readonly requester: Hex;
};

const NATIVE = `0x${"00".repeat(20)}`;

/** Reads what the parties have in the contract of requests, before any is made. */
export async function openBooks(parties: Parties): Promise<Opening> {
  const { requests } = parties.contracts;
  const { provider } = requests.runner ?? {};
  if (provider == null) throw new TypeError("contracts without a provider");
  return {
    held: await provider.getBalance(await requests.getAddress()),
    operator: await requests.creditOf(NATIVE, parties.operator),
    requester: await requests.creditOf(NATIVE, parties.requester),
    block: (await provider.getBlockNumber()) + 1,
  };
}

/**
 * Compares what became of requests by the chain's events, its balances and, where it is given, the operator's sign log: each is to be locked,
 * signed and answered once, and every wei to be where the events say. What was withdrawn since, as a daemon does of what it earned before,
 * counts as where it was.
 */
export async function reconcile(
  ids: readonly RequestId[],
  before: Opening,
  parties: Parties,
  signLog?: string,
): Promise<readonly Row[]> {
  const { requests } = parties.contracts;
  const { filters } = requests;
  const requester = parties.requester.toLowerCase();
  const of = new Set<string>(ids);
  const own = <T extends { readonly args: { readonly id: string } }>(logs: readonly T[]): T[] =>
    logs.filter(({ args }) => of.has(args.id));
  const locked = own(await requests.queryFilter(filters.RequestLocked(), before.block));
  const unlocked = own(await requests.queryFilter(filters.RequestUnlocked(), before.block));
  const answered = own(await requests.queryFilter(filters.InferenceFulfilled(), before.block));
  const asked = await requests.queryFilter(filters.InferenceRequested(), before.block);
  const sent = await Promise.all(asked.map(async (it) => (await it.getTransaction()).value));
  // Of other tests' requests, too: a worker serves whatever is open on the chain.
  const settled = await requests.queryFilter(filters.RequestSettled(), before.block);
  const requesters = new Map(
    (await requests.queryFilter(filters.InferenceRequested())).map(
      ({ args }) => [args.id, args.requester.toLowerCase()] as const,
    ),
  );
  const earners = await Promise.all(settled.map(({ args }) => requests.operatorOf(args.id)));
  const paid = settled.filter((_, i) => earners[i]?.toLowerCase() === parties.operator);
  const spared = settled.filter(({ args }) => requesters.get(args.id) === requester);
  // What another test asked for may expire meanwhile, and goes back whole.
  const refunded = await requests.queryFilter(
    filters.RequestRefunded(undefined, parties.requester),
    before.block,
  );
  const withdrawn = await requests.queryFilter(filters.Withdrawn(NATIVE), before.block);
  const taken = (account?: Hex): bigint =>
    sumOf(
      withdrawn
        .filter(
          ({ args }) =>
            account === undefined || args.account.toLowerCase() === account.toLowerCase(),
        )
        .map(({ args }) => args.amount),
    );
  const now = await openBooks(parties);
  const earned = now.operator + taken(parties.operator) - before.operator;
  const returned = now.requester + taken(parties.requester) - before.requester;
  const count = (values: readonly unknown[]): bigint => BigInt(values.length);
  const rows: [string, bigint, bigint][] = [
    ["locks that hold", count(ids), count(locked) - count(unlocked)],
    ["answers", count(ids), count(answered)],
    ["requests answered", count(ids), count([...new Set(answered.map(({ args }) => args.id))])],
    ["settlements", count(ids), count(own(settled))],
    ["wei credited to the operator", sumOf(paid.map(({ args }) => args.paid)), earned],
    [
      "wei given back to the requester",
      sumOf([
        ...spared.map(({ args }) => args.surplus),
        ...refunded.map(({ args }) => args.amount),
      ]),
      returned,
    ],
    ["wei held, of what all requests since sent", sumOf(sent), now.held + taken() - before.held],
  ];
  if (signLog !== undefined) {
    const signed = requestsIn(signLog).filter((it) => of.has(it));
    rows.push(["statements on record", count(ids), count(signed)]);
    rows.push(["requests on record", count(ids), count([...new Set(signed)])]);
  }
  return rows.map(([what, expected, found]) => ({
    ...{ what, expected, found },
    difference: found - expected,
  }));
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, it) => total + it, 0n);
}

/** What differs, in words; nothing is what a test hopes for. */
export function differences(rows: readonly Row[]): readonly string[] {
  return rows
    .filter(({ difference }) => difference !== 0n)
    .map(({ what, expected, found }) => `${what}: ${expected} expected, ${found} found`);
}

/** Rows as a table for people. */
export function tableOf(title: string, rows: readonly Row[]): string {
  const cells = rows.map(({ what, ...figures }) => [what, ...Object.values(figures).map(String)]);
  const all = [["", "expected", "found", "difference"], ...cells];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length))); // rows are of one length
  const lines = all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  "),
  );
  return [`      ${title}`, ...lines.map((line) => `      ${line}`), ""].join("\n");
}

function requestsIn(signLog: string): readonly string[] {
  if (!existsSync(signLog)) return [];
  const lines = readFileSync(signLog, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { readonly request: string }).request);
}
