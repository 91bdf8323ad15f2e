import type { Contracts, Hex, Panels, ReleaseId } from "@vouch/protocol";
import { placeOf } from "./poolMembership.ts";

/** What a round asks of each member; stake in wei. */
export type RoundOffer = {
  readonly client: Hex;
  readonly release: ReleaseId;
  readonly token: Hex;
  /** What a member is paid in `token`, before it is known who agrees. */
  readonly fee: bigint;
  readonly stake: bigint;
  /** What of it an injured party may get. */
  readonly compensation: bigint;
};

/** Returns whether an operator is a member that would get its seat if it were drawn now, as `OperatorPools` decides it. */
export async function servesRound(
  member: string,
  offer: RoundOffer,
  panels: Pick<Panels, "pools" | "quorum">,
  { vault }: Pick<Contracts, "vault">,
): Promise<boolean> {
  const { pools, quorum } = panels;
  const { token, fee, stake, compensation } = offer;
  const place = await placeOf(member, offer, panels);
  if (place === undefined) return false;
  const { terms, rounds } = place;
  const isWilling =
    terms.token === token &&
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
