import type { Hex, Policy, RequestId, RequestParams } from "@vouch/protocol";
import {
  conjoin,
  decodePolicy,
  encodeRequestParams,
  enumName,
  feeAt,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";
import { servesRound } from "./servesRound.ts";
import { turnByLot } from "./turnOf.ts";

/** When a member has a panel drawn. */
export type OpenOptions = {
  /** Seconds between members' turns. */
  readonly turnSeconds: number;
  /** Fee, in units of the request's token, for which it pays the gas of opening a round. */
  readonly minFee: bigint;
};

/** Turns at opening a round: more members than that race. */
const MAX_SLOTS = 16;
/** Between looks at a fee that rises. */
const FEE_LOOK_SECONDS = 30;
/** Seconds before its request's deadline at which a round can still be opened: the four periods of `Quorum`, rounded up. */
const ROUND_SECONDS = 2_400;

/**
 * Has a panel drawn for an open request that a quorum answers, as a member of the pool that it would be drawn from: the requester
 * may, and mostly does not. `askedAt` is the second of its request's block.
 *
 * @throws {WorkerError} `DUTY_REFUSED` where the request cannot be answered by a panel: its gas price is not zero, its stake or its
 * deadline too low, or the pool too small.
 */
export async function openPanel(
  request: RequestId,
  params: RequestParams,
  askedAt: number,
  { turnSeconds, minFee }: OpenOptions,
  deps: Pick<DutyDeps, "contracts" | "courts" | "operator" | "send" | "log">,
): Promise<DutyStep> {
  const { contracts, courts, operator } = deps;
  if (courts.panels === undefined) return OVER;
  const status = enumName(REQUEST_STATUSES, await contracts.requests.statusOf(request));
  if (status !== "open") return OVER;
  const floor = decodePolicy(await contracts.models.floorOf(params.release));
  const seats = panelSize(conjoin(floor, params.policy));
  if (seats === 0n) return OVER;
  const now = await chainNow(contracts);
  const latest = Math.min(params.lockDeadline, params.deadline - ROUND_SECONDS);
  if (now >= latest || params.maxFee < minFee) return OVER;
  const fee = feeAt(params, now);
  if (fee < minFee) return { status: "waiting", until: now + FEE_LOOK_SECONDS };
  const { pools, quorum } = courts.panels;
  const client = await addressOf(contracts.requests);
  const { release, token, stake } = params;
  // A seat in it would stay empty: let those open it that it pays.
  const offer = { client, release, token, fee: fee / seats, stake, compensation: 0n };
  if (!(await servesRound(operator, offer, courts.panels, contracts))) return OVER;
  const size = Number(await pools.poolSizeOf(client, params.release));
  const slots = Math.min(size, MAX_SLOTS);
  // All turns within the first half of the time that there is.
  const seconds = Math.min(turnSeconds, Math.floor((latest - askedAt) / 2 / slots));
  const from = turnByLot(request, operator, slots, askedAt, seconds);
  if (now < from) return { status: "waiting", until: from };
  // A round that failed gave its lock up: another one may follow.
  const earlier = await quorum.roundOf(request);
  return act(deps, {
    key: `open:${request}:${earlier}`,
    to: await addressOf(quorum),
    data: quorum.interface.encodeFunctionData("openFor", [
      request,
      encodeRequestParams(params),
    ]) as Hex,
    deadline: latest,
  });
}

/** Members of the largest panel that a policy asks for, which `Quorum` draws; 0 where it asks for none. */
function panelSize({ allOf }: Policy): bigint {
  const sizes = allOf
    .flatMap(({ anyOf }) => anyOf)
    .map(({ kind, params }) => (kind === "quorum" ? (params >> 8n) & 0xffn : 0n));
  return sizes.reduce((most, size) => (size > most ? size : most), 0n);
}
