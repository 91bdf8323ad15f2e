import type { RequestId, RequestParams } from "@vouch/protocol";
import {
  decodeRequestParams,
  encodeRequestParams,
  enumName,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import { chainTime } from "../chainTime.ts";
import { SdkError } from "../errors.ts";
import type { OpenedSigner } from "./openSigner.ts";
import { openSigner } from "./openSigner.ts";
import type { CallOptions } from "./options.ts";
import type { Session } from "./session.ts";

/**
 * Takes back a request of this account that nobody answered, and withdraws what the contract owes the account in its token;
 * returns how much that was. As `VouchClient.refund` says.
 */
export async function refundRequest(
  session: Session,
  id: RequestId,
  { signal }: CallOptions = {},
): Promise<bigint> {
  const opened = await openSigner(session, signal);
  const { account } = opened;
  const { requests } = opened.contracts;
  const { requester, params } = await fetchAsked(session, id, signal);
  const isBack = async (): Promise<boolean> =>
    ["cancelled", "expired", "overturned"].includes(await statusOf(session, id));
  if (!(await session.read("reading the status", isBack, signal))) {
    const how = await wayBack(session, id, params, requester === account, signal);
    await session.sendOnce(
      {
        what: `the refund of request ${id}`,
        account,
        isThere: isBack,
        send: (overrides) => requests[how](id, encodeRequestParams(params), { ...overrides }),
      },
      signal,
    );
  }
  return withdraw(session, opened, params.token, signal);
}

async function withdraw(
  session: Session,
  { account, contracts: { requests } }: OpenedSigner,
  token: string,
  signal: AbortSignal | undefined,
): Promise<bigint> {
  const owed = (): Promise<bigint> => session.contracts.requests.creditOf(token, account);
  const amount = await session.read("reading the credit", owed, signal);
  if (amount > 0n) {
    await session.sendOnce(
      {
        what: "the withdrawal",
        account,
        isThere: async () => (await owed()) === 0n,
        send: (overrides) => requests.withdraw(token, account, { ...overrides }),
      },
      signal,
    );
  }
  return amount;
}

/** @throws {SdkError} `REQUEST_NOT_REFUNDABLE`. */
async function wayBack(
  session: Session,
  id: RequestId,
  { lockDeadline, deadline }: RequestParams,
  own: boolean,
  signal: AbortSignal | undefined,
): Promise<"cancel" | "expire"> {
  const [status, now] = await session.read(
    "reading the status",
    () => Promise.all([statusOf(session, id), chainTime(session.access.reader)]),
    signal,
  );
  if (status === "open" && own) return "cancel";
  if (status === "open" && now > lockDeadline) return "expire";
  if (status === "locked" && now > deadline) return "expire";
  throw new SdkError({ code: "REQUEST_NOT_REFUNDABLE", request: id, requestStatus: status });
}

async function statusOf({ contracts }: Session, id: RequestId): Promise<string> {
  return enumName(REQUEST_STATUSES, await contracts.requests.statusOf(id));
}

async function fetchAsked(
  { contracts: { requests }, deployment, read }: Session,
  id: RequestId,
  signal: AbortSignal | undefined,
): Promise<{ readonly requester: string; readonly params: RequestParams }> {
  const [asked] = await read(
    "looking for the request",
    () => requests.queryFilter(requests.filters.InferenceRequested(id), deployment.fromBlock),
    signal,
  );
  if (asked === undefined) throw new SdkError({ code: "REQUEST_NOT_FOUND", request: id });
  const { requester, params } = asked.args;
  return { requester: requester.toLowerCase(), params: decodeRequestParams(params) };
}
