import { settlementGas } from "@vouch/compiler";
import type { Panels, RequestParams } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import { furtherGas } from "../furtherGas.ts";
import type { DefenceFacts, Judge } from "../planAnswer.ts";
import type { ServedRelease } from "../servedRelease.ts";
import type { DutyDeps } from "./duty.ts";
import { addressOf } from "./duty.ts";
import { servesRound } from "./servesRound.ts";

/** What standing by an answer costs this operator. */
export type DefenceCosts = {
  /** Wei that one second of proving costs. */
  readonly proofWeiPerSecond: bigint;
  /** Seconds that a proof of the release takes, as `estimate` says. */
  readonly proofSeconds: number;
  /** Wei that one member of a panel is taken to need for a run, its transactions left out. */
  readonly runWei: bigint;
  /** Share of the response period that proving may take; the rest is for what goes wrong. */
  readonly responseShare: number;
};

/** Gas of `commit` and `reveal` of one member with a small output (docs/quorum.md, "Gas"). */
const MEMBER_GAS = 140_000n;
/** What `Disputes.answer` takes beyond a fulfilment (docs/disputes.md, "Choosing a bond"). */
const ANSWER_GAS = 30_000;
/** Members of a pool that are looked at, at most. */
const POOL_LOOK = 256;
/** Of its panels, as `PanelArbiter` stakes them: so many times the payment. */
const STAKE_FACTOR = 2n;

/**
 * Returns what `planAnswer` asks of a request's defence: an operator stays open to challenge only where it could prove what it
 * answered in time, or a panel without it could be drawn, and where a challenger's bond pays for either (docs/disputes.md).
 */
export async function defenceOf(
  params: RequestParams,
  served: ServedRelease,
  costs: DefenceCosts,
  deps: Pick<DutyDeps, "contracts" | "courts" | "operator">,
): Promise<DefenceFacts> {
  const { contracts, courts } = deps;
  return {
    runtime: served.release.runtime,
    maxWindow: Number(await contracts.router.MAX_WINDOW()),
    hasPanels: courts.panels !== undefined,
    refusal: (judge) => refusalOf(judge, params, served, costs, deps),
  };
}

async function refusalOf(
  judge: Judge,
  params: RequestParams,
  served: ServedRelease,
  costs: DefenceCosts,
  deps: Pick<DutyDeps, "contracts" | "courts" | "operator">,
): Promise<string | undefined> {
  const gasPrice = (await deps.contracts.requests.runner?.provider?.getFeeData())?.gasPrice ?? 0n;
  const { bond } = params;
  if (judge.by === "panel") {
    const needed = BigInt(judge.n) * (costs.runWei + MEMBER_GAS * gasPrice);
    if (bond < needed)
      return `a challenger's bond of ${bond} wei does not pay ${judge.n} runs, ${needed}`;
    if (deps.courts.panels === undefined) return "nobody draws panels here";
    return panelRefusal(judge, params, deps.courts.panels, deps);
  }
  const period = Number(await deps.courts.disputes.RESPONSE_PERIOD());
  if (costs.proofSeconds > period * costs.responseShare)
    return `a proof takes ${costs.proofSeconds} s, and a response ${period} s`;
  const proof = BigInt(Math.ceil(costs.proofSeconds)) * costs.proofWeiPerSecond;
  const { input, output } = served.compiled;
  const gas = BigInt(settlementGas(input, output).fulfil + furtherGas(served) + ANSWER_GAS);
  const needed = proof + gas * gasPrice;
  return bond < needed
    ? `a challenger's bond of ${bond} wei does not pay a proof and its gas, ${needed}`
    : undefined;
}

/** Whether the arbiter's pool has so many members on terms beside this operator, which may not sit on the panel. */
async function panelRefusal(
  { n }: Extract<Judge, { readonly by: "panel" }>,
  params: RequestParams,
  panels: Panels,
  deps: Pick<DutyDeps, "contracts" | "operator">,
): Promise<string | undefined> {
  const { arbiter, pools } = panels;
  const client = await addressOf(arbiter);
  const size = Number(await pools.poolSizeOf(client, params.release));
  if (size <= n) return `the arbiter's pool has ${size} places, and a panel of ${n} needs one more`;
  const floor = await pools.minStake();
  const stake = params.bond * STAKE_FACTOR;
  const order = {
    client,
    release: params.release,
    token: NATIVE_TOKEN,
    fee: params.bond / BigInt(n),
    stake: stake > floor ? stake : floor,
    compensation: params.bond / BigInt(n),
  };
  let willing = 0;
  for (let place = 0; place < Math.min(size, POOL_LOOK) && willing < n; place++) {
    const [member] = await pools.memberAt(client, params.release, place);
    if (member.toLowerCase() === deps.operator) continue;
    if (await servesRound(member, order, panels, deps.contracts)) willing += 1;
  }
  return willing < n
    ? `${willing} other operators of the arbiter's pool would sit on a panel of ${n} for this bond`
    : undefined;
}
