import type { Hex, RequestId, RequestParams, RequestStatus } from "@vouch/protocol";
import { decodeRequestParams, enumName, REQUEST_STATUSES } from "@vouch/protocol";
import { pause } from "../abort.ts";
import { chainTime } from "../chainTime.ts";
import { SdkError } from "../errors.ts";
import type { WatchOptions } from "./options.ts";
import type { Session } from "./session.ts";
import type { Step } from "./step.ts";

/** What has to have been told when a request has a status, in order. */
const PATHS: Readonly<Record<RequestStatus, readonly Step["status"][]>> = {
  none: [],
  open: ["asked"],
  locked: ["asked", "locked"],
  provisional: ["asked", "locked", "fulfilled", "provisional"],
  challenged: ["asked", "locked", "fulfilled", "challenged"],
  fulfilled: ["asked", "locked", "fulfilled", "final"],
  overturned: ["asked", "locked", "fulfilled", "overturned"],
  cancelled: ["asked", "refunded"],
  expired: ["asked", "refunded"],
};
const RANKS: readonly (readonly Step["status"][])[] = [
  ["asked"],
  ["locked"],
  ["fulfilled"],
  ["provisional"],
  ["challenged"],
  ["final", "overturned", "refunded"],
];
/** Looks at a chain without the request before it counts as unknown: endpoints of one host lag behind each other. */
const PATIENCE = 3;

/**
 * Tells what becomes of a request, until it is final, overturned or refunded. Where it stands is read from the chain's state each
 * time, so that a reorganisation is told as what it is: a request that goes back is told where it went back to. Events only
 * add facts. What was passed over between two looks is told in order.
 *
 * @throws {SdkError} `REQUEST_NOT_FOUND`, `WAIT_ABORTED`, `RPC_UNAVAILABLE`.
 */
export async function* watchRequest(
  session: Session,
  id: RequestId,
  { signal, confirmations = 0 }: WatchOptions = {},
): AsyncGenerator<Step, void, undefined> {
  let told: Step["status"] | undefined;
  let overdue = false;
  let missing = 0;
  try {
    for (;;) {
      const look = await lookAt(session, id, confirmations, signal);
      if (look === undefined) {
        if (told === undefined && ++missing >= PATIENCE)
          throw new SdkError({ code: "REQUEST_NOT_FOUND", request: id });
      } else {
        for (const status of pathFrom(told, look.status)) {
          const step = stepOf(status, id, look);
          if (step === undefined) break; // its event is not there yet: the next look tells it
          told = status;
          yield step;
        }
        if (told !== undefined && rankOf(told) === RANKS.length - 1) return;
        if (!overdue && look.overdueSince !== undefined) {
          overdue = true;
          yield { status: "overdue", id, deadline: look.overdueSince };
        }
      }
      await pause(session.pollIntervalMs, signal);
      if (signal?.aborted === true)
        throw new SdkError({ code: "ABORTED", what: "watching", sent: false });
    }
  } catch (error) {
    if (error instanceof SdkError && error.code === "ABORTED")
      throw new SdkError({ code: "WAIT_ABORTED", request: id }, { cause: error });
    throw error;
  }
}

/** What is left to tell; where the request went back, where it is now. */
function pathFrom(
  told: Step["status"] | undefined,
  status: RequestStatus,
): readonly Step["status"][] {
  const path = PATHS[status];
  const now = path.at(-1);
  if (told === undefined || now === undefined || told === now) return told === now ? [] : path;
  const ahead = path.filter((it) => rankOf(it) > rankOf(told));
  return ahead.length > 0 ? ahead : [now];
}

function rankOf(status: Step["status"]): number {
  return RANKS.findIndex((it) => it.includes(status));
}

/** A request at one block. */
type Look = {
  readonly status: RequestStatus;
  readonly asked: {
    readonly requester: Hex;
    readonly params: RequestParams;
    readonly txHash: Hex;
  };
  readonly locked: { readonly operator: Hex; readonly fee: bigint } | undefined;
  readonly fulfilled:
    { readonly operator: Hex; readonly txHash: Hex; readonly closesAt: number } | undefined;
  /** The deadline that has passed without an answer. */
  readonly overdueSince: number | undefined;
};

/** Returns undefined where the chain does not have the request, or its event not yet. */
async function lookAt(
  { access: { reader }, contracts: { requests }, deployment, read }: Session,
  id: RequestId,
  confirmations: number,
  signal: AbortSignal | undefined,
): Promise<Look | undefined> {
  // Each call by itself: one that fails does not cost the others again.
  const ask = <T>(call: () => Promise<T>): Promise<T> => read("watching", call, signal);
  const block =
    confirmations === 0
      ? "latest"
      : Math.max(0, (await ask(() => reader.getBlockNumber())) - confirmations);
  const status = enumName(
    REQUEST_STATUSES,
    await ask(() => requests.statusOf(id, { blockTag: block })),
  );
  if (status === "none") return undefined;
  const { filters } = requests;
  const [asked] = await ask(() =>
    requests.queryFilter(filters.InferenceRequested(id), deployment.fromBlock, block),
  );
  if (asked === undefined) return undefined;
  const params = decodeRequestParams(asked.args.params);
  const from = asked.blockNumber;
  const path = PATHS[status];
  const [locks, answers] = await Promise.all([
    path.includes("locked")
      ? ask(() => requests.queryFilter(filters.RequestLocked(id), from, block))
      : [],
    path.includes("fulfilled")
      ? ask(() => requests.queryFilter(filters.InferenceFulfilled(id), from, block))
      : [],
  ]);
  const [lock, answer] = [locks.at(-1), answers.at(-1)];
  const answeredIn =
    status === "provisional" && answer !== undefined
      ? await ask(() => reader.getBlock(answer.blockNumber))
      : undefined;
  if (answeredIn === null) return undefined; // its block was set back meanwhile
  const answeredAt = answeredIn?.timestamp ?? 0;
  const limit = limitOf(status, params);
  const isOver = limit !== undefined && (await ask(() => chainTime(reader))) > limit;
  return {
    status,
    asked: {
      requester: addressOf(asked.args.requester),
      params,
      txHash: asked.transactionHash as Hex,
    },
    locked: lock && { operator: addressOf(lock.args.operator), fee: lock.args.fee },
    fulfilled: answer && {
      operator: addressOf(answer.args.operator),
      txHash: answer.transactionHash as Hex,
      closesAt: answeredAt + Number(answer.args.window),
    },
    overdueSince: isOver ? limit : undefined,
  };
}

/** Until when somebody may lock or answer; undefined where nobody is waited for. */
function limitOf(status: RequestStatus, params: RequestParams): number | undefined {
  if (status === "open") return params.lockDeadline;
  return status === "locked" ? params.deadline : undefined;
}

/** Returns undefined where what it tells is not there yet. */
function stepOf(status: Step["status"], id: RequestId, look: Look): Step | undefined {
  switch (status) {
    case "asked":
      return { status, id, ...look.asked };
    case "locked":
      return look.locked && { status, id, ...look.locked };
    case "fulfilled":
      return (
        look.fulfilled && {
          status,
          id,
          operator: look.fulfilled.operator,
          txHash: look.fulfilled.txHash,
        }
      );
    case "provisional":
      return look.fulfilled && { status, id, closesAt: look.fulfilled.closesAt };
    case "challenged":
    case "final":
    case "overturned":
      return { status, id };
    case "refunded":
      return { status, id, why: look.status === "cancelled" ? "cancelled" : "expired" };
    case "overdue":
      return undefined;
  }
}

function addressOf(value: string): Hex {
  return value.toLowerCase() as Hex;
}
