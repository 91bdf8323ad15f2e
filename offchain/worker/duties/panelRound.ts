import type { Hex, Panels, ReleaseId, RequestId } from "@vouch/protocol";
import { enumName, ROUND_STATUSES, SEAT_STATUSES } from "@vouch/protocol";
import type { DutyDeps } from "./duty.ts";
import { addressOf } from "./duty.ts";
import type { RoundOffer } from "./servesRound.ts";

/** A round as a member sees it; times in seconds of the chain. */
export type PanelRound = {
  readonly id: Hex;
  readonly status: (typeof ROUND_STATUSES)[number];
  readonly release: ReleaseId;
  readonly request: RequestId;
  readonly inputHash: Hex;
  readonly outputHash: Hex;
  /** What it asks of each member that is drawn. */
  readonly offer: RoundOffer;
  readonly k: number;
  readonly tolerance: number;
  readonly settled: boolean;
  /** Whether it answers a request, whose lock the quorum holds; else another contract ordered it. */
  readonly answers: boolean;
  readonly seedBlock: number;
  readonly poolSize: number;
  readonly committed: number;
  readonly revealed: number;
  readonly seats: readonly Seat[];
  /** This operator's. */
  readonly own: Seat | undefined;
  readonly drawDeadline: number;
  readonly commitDeadline: number;
  readonly revealDeadline: number;
  readonly deadline: number;
};

/** A member's place: `hash` is its commitment, and the hash of its output once it revealed. */
export type Seat = {
  readonly index: number;
  readonly operator: Hex;
  readonly status: (typeof SEAT_STATUSES)[number];
  readonly hash: Hex;
};

/** Reads a round from the chain; undefined where there is none, as after a reorg. */
export async function readRound(
  id: Hex,
  { quorum }: Pick<Panels, "quorum">,
  { contracts, operator }: Pick<DutyDeps, "contracts" | "operator">,
): Promise<PanelRound | undefined> {
  const record = await quorum.recordOf(id);
  const status = enumName(ROUND_STATUSES, record.status);
  if (status === "none") return undefined;
  const [draw, commit, reveal] = await quorum.deadlinesOf(id);
  const seats = await Promise.all(
    Array.from({ length: Number(record.seats) }, (_, index) => readSeat(id, index, quorum)),
  );
  const client = record.client.toLowerCase() as Hex;
  const release = record.release as ReleaseId;
  return {
    id,
    status,
    release,
    request: record.request as RequestId,
    inputHash: record.inputHash as Hex,
    outputHash: record.outputHash as Hex,
    offer: {
      client,
      release,
      token: record.token.toLowerCase() as Hex,
      // There are members in every round.
      fee: record.fee / record.n,
      stake: record.stake,
      compensation: record.compensation,
    },
    k: Number(record.k),
    tolerance: Number(record.tolerance),
    settled: record.settled,
    answers: !record.prepaid && client === (await addressOf(contracts.requests)),
    seedBlock: Number(record.seedBlock),
    poolSize: Number(record.poolSize),
    committed: Number(record.committed),
    revealed: Number(record.revealed),
    seats,
    own: seats.find((it) => it.operator === operator),
    drawDeadline: Number(draw),
    commitDeadline: Number(commit),
    revealDeadline: Number(reveal),
    deadline: Number(record.deadline),
  };
}

async function readSeat(round: Hex, index: number, quorum: Panels["quorum"]): Promise<Seat> {
  const { operator, status, hash } = await quorum.seatOf(round, index);
  return {
    index,
    operator: operator.toLowerCase() as Hex,
    status: enumName(SEAT_STATUSES, status),
    hash: hash as Hex,
  };
}
