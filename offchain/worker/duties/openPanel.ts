import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import { encodeRequestParams, enumName, REQUEST_STATUSES } from "@vouch/protocol";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";
import { isMember } from "./poolMembership.ts";
import { turnByLot } from "./turnOf.ts";

/** Turns at opening a round: more members than that race. */
const MAX_SLOTS = 16;
/** Seconds before its request's deadline at which a round can still be opened: the four periods of `Quorum`, rounded up. */
const ROUND_SECONDS = 2_400;

/**
 * Has a panel drawn for an open request that a quorum answers, as a member of the pool that it would be drawn from: the requester
 * may, and mostly does not. `askedAt` is the second of its request's block.
 *
 * @throws {WorkerError} `DUTY_REFUSED` where the request cannot be answered by a panel: its stake or its deadline, or the pool.
 */
export async function openPanel(
  request: RequestId,
  params: RequestParams,
  askedAt: number,
  { turnSeconds }: { readonly turnSeconds: number },
  deps: Pick<DutyDeps, "contracts" | "courts" | "operator" | "send" | "log">,
): Promise<DutyStep> {
  const { contracts, courts, operator } = deps;
  if (courts.panels === undefined) return OVER;
  const status = enumName(REQUEST_STATUSES, await contracts.requests.statusOf(request));
  if (status !== "open") return OVER;
  const client = await addressOf(contracts.requests);
  if (!(await isMember(operator, { client, release: params.release }, courts.panels))) return OVER;
  const now = await chainNow(contracts);
  const latest = Math.min(params.lockDeadline, params.deadline - ROUND_SECONDS);
  if (now >= latest) return OVER;
  const { pools, quorum } = courts.panels;
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
