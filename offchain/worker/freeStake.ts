import type { Contracts, Hex } from "@vouch/protocol";

/** Liabilities that one transaction ends, far below what its gas allows. */
const BATCH = 100;

/**
 * Ends the liabilities of final answers that need their stake no longer; returns how many. What the chain knows is asked
 * again each time, so that nothing is lost with a process.
 */
export async function freeStake(
  { requests, vault }: Contracts,
  operator: Hex,
  fromBlock: number,
): Promise<number> {
  const holder = await requests.getAddress();
  const period = await requests.LIABILITY_PERIOD();
  const now = BigInt((await requests.runner?.provider?.getBlock("latest"))?.timestamp ?? 0);
  const answered = await requests.queryFilter(
    requests.filters.InferenceFulfilled(undefined, undefined, operator),
    fromBlock,
  );
  const free: string[] = [];
  for (const { args } of answered) {
    if (free.length === BATCH) break;
    const { own, delegated } = await vault.liabilityOf(operator, holder, args.id);
    if (own + delegated === 0n) continue;
    const { finality, movedAt } = await requests.resultOf(args.id);
    if (finality === 2n && now >= movedAt + period) free.push(args.id);
  }
  if (free.length > 0) await (await requests.freeStake(free)).wait();
  return free.length;
}
