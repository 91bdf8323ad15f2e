import type { Contracts, Courts, Hex } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import type { WorkerConfig } from "../config/workerConfig.ts";
import type { DutiesConfig } from "../config/dutiesConfig.ts";
import type { ClaimOptions } from "../duties/claimFees.ts";
import { addressOf } from "../duties/duty.ts";
import type { PoolMembership } from "../duties/poolMembership.ts";
import { WorkerError } from "../errors.ts";
import type { Releases } from "../releases.ts";
import type { StepQueueOptions } from "./stepQueues.ts";

const DAY = 86_400;
/** How many times the gas of a withdrawal what it fetches must be. */
const GAS_MULTIPLE = 20n;
/** Of a withdrawal of a token, rounded up. */
const WITHDRAWAL_GAS = 80_000n;

/**
 * Returns when an operator's credits are fetched, to itself: those in an accepted token from the least fee that is taken in it, or from
 * what a withdrawal costs at the price that it states for gas, whichever is more.
 */
export function claimOptions(
  to: Hex,
  { tokens }: Pick<WorkerConfig["accept"], "tokens">,
): ClaimOptions {
  const leastOf = new Map<Hex, bigint>();
  for (const [token, { minFee, minGasPrice }] of tokens) {
    if (token === NATIVE_TOKEN) continue; // its price in gas is known
    const cost = GAS_MULTIPLE * WITHDRAWAL_GAS * minGasPrice;
    const least = minFee > cost ? minFee : cost;
    leastOf.set(token, least > 0n ? least : 1n);
  }
  return { to, minGasMultiple: GAS_MULTIPLE, tokens: leastOf, everySeconds: DAY };
}

/** Returns how an operator serves rounds, opens panels and challenges others. */
export function queueDuties({
  turnSeconds,
  panelMinFee,
  watchtower: { maxBond, maxOutstanding, minReturn },
}: DutiesConfig): Pick<StepQueueOptions, "rounds" | "panels" | "watchtower"> {
  return {
    rounds: { turnSeconds },
    ...(panelMinFee === undefined ? {} : { panels: { turnSeconds, minFee: panelMinFee } }),
    ...(maxBond === 0n
      ? {}
      : { watchtower: { maxBond, maxOutstanding: maxOutstanding ?? maxBond, minReturn } }),
  };
}

/**
 * Returns the pools to be a member of, or to leave.
 *
 * @throws {WorkerError} `CONFIG_INVALID` for a pool of a release that is not served, and where the deployment has no panels.
 */
export async function poolsOf(
  { pools }: Pick<DutiesConfig, "pools">,
  {
    contracts,
    courts,
    releases,
  }: { readonly contracts: Contracts; readonly courts: Courts; readonly releases: Releases },
): Promise<readonly PoolMembership[]> {
  if (pools.length === 0) return [];
  const { panels } = courts;
  if (panels === undefined) throw invalid("this deployment has no panels");
  const own = {
    requests: await addressOf(contracts.requests),
    arbiter: await addressOf(panels.arbiter),
  };
  return pools.map(({ client, release, terms }) => {
    // A seat whose release cannot be run costs half of what it exposes.
    if (terms.maxStake > 0n && !releases.has(release))
      throw invalid(`release ${release} is not served here`);
    const address = client === "requests" || client === "arbiter" ? own[client] : client;
    return { client: address, release, terms };
  });
}

function invalid(reason: string): WorkerError {
  return new WorkerError({ code: "CONFIG_INVALID", setting: "duties.pools", reason });
}
