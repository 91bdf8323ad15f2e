import type { Hex, Panels, ReleaseId } from "@vouch/protocol";
import { findContractError } from "@vouch/protocol";
import { AbiCoder, keccak256 } from "ethers";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";

/** A pool, and what a member of it serves for; see `IOperatorPools.Terms`. Amounts in wei, `minFee` in units of `token`. */
export type PoolMembership = {
  /** The contract whose rounds it serves: it sets stake and time, so the operator has read its code. */
  readonly client: Hex;
  readonly release: ReleaseId;
  readonly terms: {
    readonly token: Hex;
    readonly minFee: bigint;
    readonly maxStake: bigint;
    readonly maxRounds: number;
  };
};

type Pool = Pick<PoolMembership, "client" | "release">;

/** A member that lost its place may join again, but not in every block. */
const REJOIN_SECONDS = 3_600;

/** A member's terms, and in how many rounds of the pool it sits now. */
export type PoolPlace = { readonly terms: PoolMembership["terms"]; readonly rounds: bigint };

/** Returns what a pool has of an operator; undefined where it is no member. */
export async function placeOf(
  operator: string,
  { client, release }: Pool,
  { pools }: Pick<Panels, "pools">,
): Promise<PoolPlace | undefined> {
  try {
    const [stated, rounds] = await pools.termsOf(client, release, operator);
    const token = stated.token.toLowerCase() as Hex;
    const { minFee, maxStake } = stated;
    return { terms: { token, minFee, maxStake, maxRounds: Number(stated.maxRounds) }, rounds };
  } catch (error) {
    if (findContractError(error)?.name !== "MemberUnknown") throw error;
    return undefined;
  }
}

/**
 * Takes a membership one step further: lets the quorum expose this operator's stake, joins the pool, or states new terms.
 *
 * @throws {WorkerError} `DUTY_REFUSED`, as for too little stake.
 */
export async function keepMembership(
  membership: PoolMembership,
  deps: Pick<DutyDeps, "contracts" | "courts" | "operator" | "send" | "log">,
): Promise<DutyStep> {
  const { contracts, courts, operator } = deps;
  if (courts.panels === undefined) return OVER;
  const { pools, quorum } = courts.panels;
  const { client, release, terms } = membership;
  const found = await placeOf(operator, membership, courts.panels);
  if (found !== undefined && hashOf(found.terms) === hashOf(terms)) return OVER;
  const period = Math.floor((await chainNow(contracts)) / REJOIN_SECONDS);
  if ((await contracts.vault.authorisedSince(operator, quorum)) === 0n) {
    const holder = await addressOf(quorum);
    return act(deps, {
      key: `authorise:${holder}:${period}`,
      to: await addressOf(contracts.vault),
      data: contracts.vault.interface.encodeFunctionData("authorise", [holder, true]) as Hex,
    });
  }
  return act(deps, {
    key: `join:${client}:${release}:${hashOf(terms)}:${period}`,
    to: await addressOf(pools),
    data: pools.interface.encodeFunctionData("serve", [client, release, terms]) as Hex,
  });
}

/** Takes this operator out of a pool; the rounds that it was drawn for go on. */
export async function leavePool(
  pool: Pool,
  deps: Pick<DutyDeps, "contracts" | "courts" | "operator" | "send" | "log">,
): Promise<DutyStep> {
  const { panels } = deps.courts;
  if (panels === undefined) return OVER;
  if ((await placeOf(deps.operator, pool, panels)) === undefined) return OVER;
  const period = Math.floor((await chainNow(deps.contracts)) / REJOIN_SECONDS);
  return act(deps, {
    key: `leave:${pool.client}:${pool.release}:${period}`,
    to: await addressOf(panels.pools),
    data: panels.pools.interface.encodeFunctionData("resign", [pool.client, pool.release]) as Hex,
  });
}

function hashOf({ token, minFee, maxStake, maxRounds }: PoolMembership["terms"]): Hex {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["address", "uint256", "uint256", "uint256"],
    [token, minFee, maxStake, maxRounds],
  );
  return keccak256(encoded) as Hex;
}
