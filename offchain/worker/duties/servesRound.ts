import type { Contracts, Hex, Panels, ReleaseId } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";

/** What a round asks of each member, in wei of the native token. */
export type RoundOffer = {
  readonly client: Hex;
  readonly release: ReleaseId;
  /** What a member is paid, before it is known who agrees. */
  readonly fee: bigint;
  readonly stake: bigint;
  /** What of it an injured party may get. */
  readonly compensation: bigint;
};

/** Returns whether a pool's member would get its seat if it were drawn now, as `OperatorPools` decides it. */
export async function servesRound(
  member: string,
  { client, release, fee, stake, compensation }: RoundOffer,
  { pools, quorum }: Pick<Panels, "pools" | "quorum">,
  { vault }: Pick<Contracts, "vault">,
): Promise<boolean> {
  const [terms, rounds] = await pools.termsOf(client, release, member);
  const isWilling =
    terms.token === NATIVE_TOKEN &&
    terms.minFee <= fee &&
    terms.maxStake >= stake &&
    rounds < terms.maxRounds;
  if (!isWilling) return false;
  const [{ own }, [leaving], minStake, since, leverage, freeOwn, available] = await Promise.all([
    vault.stakeOf(member),
    vault.exitOf(member),
    pools.minStake(),
    vault.authorisedSince(member, quorum),
    vault.LEVERAGE(),
    vault.freeOwnStakeOf(member),
    vault.availableTo(member, quorum),
  ]);
  if (since === 0n || own - leaving < minStake) return false;
  const share = (stake + leverage - 1n) / leverage;
  const firstLoss = share > compensation ? share : compensation;
  return freeOwn >= firstLoss && available >= stake;
}
