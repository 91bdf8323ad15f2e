import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import { encodeRequestParams, enumName, REQUEST_STATUSES } from "@vouch/protocol";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";
import { isMember } from "./poolMembership.ts";
import { turnByLot } from "./turnOf.ts";

/** Turns at opening a round. */
const SLOTS = 16;

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
  if (now >= params.lockDeadline) return OVER;
  const from = turnByLot(request, operator, SLOTS, askedAt, turnSeconds);
  if (now < from) return { status: "waiting", until: from };
  const { quorum } = courts.panels;
  // A round that failed gave its lock up: another one may follow.
  const earlier = await quorum.roundOf(request);
  return act(deps, {
    key: `open:${request}:${earlier}`,
    to: await addressOf(quorum),
    data: quorum.interface.encodeFunctionData("openFor", [
      request,
      encodeRequestParams(params),
    ]) as Hex,
    deadline: params.lockDeadline,
  });
}
