import type { Hex, ReceiptLedger } from "@vouch/protocol";
import type { ContractTransactionResponse } from "ethers";

/** What vouchers of one requester paid an operator in one token, and is in the ledger yet. */
export type Earning = { readonly requester: Hex; readonly earned: bigint };

export type EarningsOf = {
  readonly operator: Hex;
  /** Zero for the chain's own currency. */
  readonly token: Hex;
  /** Block of the ledger's deployment. */
  readonly fromBlock: number;
};

/** Blocks that are asked for at once: what public nodes take. */
const BLOCKS = 5_000;
/** Channels that one call empties: some 10,000 gas each. */
const CHANNELS = 200;

/** Finds what an operator earned by vouchers in a token and did not withdraw, by the requesters that ever made a deposit for it. */
export async function fetchEarnings(
  ledger: ReceiptLedger,
  { operator, token, fromBlock }: EarningsOf,
): Promise<readonly Earning[]> {
  const head = (await ledger.runner?.provider?.getBlockNumber()) ?? fromBlock;
  const requesters = new Set<Hex>();
  const filter = ledger.filters.Deposited(undefined, operator, token);
  for (let from = fromBlock; from <= head; from += BLOCKS) {
    const events = await ledger.queryFilter(filter, from, Math.min(from + BLOCKS - 1, head));
    for (const { args } of events) requesters.add(args.requester.toLowerCase() as Hex);
  }
  const found: Earning[] = [];
  for (const requester of requesters) {
    const { earned } = await ledger.channelOf(requester, operator, token);
    if (earned > 0n) found.push({ requester, earned });
  }
  return found;
}

/** Returns the calls that move what was earned, some hundreds of requesters each. */
export function earningsCalls(earnings: readonly Earning[]): readonly (readonly Hex[])[] {
  const requesters = earnings.map(({ requester }) => requester);
  const count = Math.ceil(requesters.length / CHANNELS);
  return Array.from({ length: count }, (_, i) =>
    requesters.slice(i * CHANNELS, (i + 1) * CHANNELS),
  );
}

/** Moves what was earned to `to`, by the operator that the ledger's runner sends as; returns what moved it. */
export async function withdrawEarnings(
  ledger: ReceiptLedger,
  { token, to }: { readonly token: Hex; readonly to: Hex },
  earnings: readonly Earning[],
): Promise<readonly Hex[]> {
  const sent: Hex[] = [];
  for (const requesters of earningsCalls(earnings)) {
    const call: ContractTransactionResponse = await ledger.withdrawEarnings(
      token,
      [...requesters],
      to,
    );
    await call.wait();
    sent.push(call.hash as Hex);
  }
  return sent;
}
