import { ARBITER, DEPLOYMENT, DISPUTES, QUORUM, address, hash32 } from "./addresses.ts";
import type { Hex } from "@vouch/protocol";
import { ZeroAddress, ZeroHash } from "ethers";
import type { EventLog } from "./eventLog.ts";
import { eventLog } from "./eventLog.ts";
import { published } from "./publishedLogs.ts";
import type { Random } from "./random.ts";
import { randomOf } from "./random.ts";
import type { Grade } from "./requestLogs.ts";
import {
  GWEI,
  freed,
  fulfilled,
  locked,
  refunded,
  requested,
  settled,
  slashed,
} from "./requestLogs.ts";
import { setUp } from "./setUp.ts";

/** Blocks of an epoch that have events. */
export const SLOTS = 20;
export const OPERATORS = 200;
export const FEEDS = 12;
/** Releases at the start, and more with every epoch. */
const RELEASES = 30;
const MORE_RELEASES = 2;
const REQUESTERS = 2_000;
const REQUESTS = 18;
const ITEMS = 6;

/** A transaction and the events that it made. */
export type SyntheticTransaction = {
  readonly from: Hex;
  readonly to: Hex;
  readonly logs: readonly EventLog[];
};
/** The transactions of an epoch by its slots; no request lasts longer than its epoch. */
export type SyntheticEpoch = readonly (readonly SyntheticTransaction[])[];

type Draft = { readonly slots: SyntheticTransaction[][]; readonly at: (slot: number) => number };

/** Answers final at once: evidence and how often. Those of a window stay open to challenge. */
const GRADES: readonly (readonly [share: number, grade: Grade])[] = [
  [0.3, { kinds: 1, flags: 0, window: 0 }],
  [0.12, { kinds: 2, flags: 0, window: 0 }],
  [0.18, { kinds: 9, flags: 0, window: 0 }],
  [0.05, { kinds: 9, flags: 4, window: 0 }],
  [0.12, { kinds: 16, flags: 0, window: 0 }],
  [0.05, { kinds: 17, flags: 1, window: 0 }],
  [0.18, { kinds: 5, flags: 0, window: 3600 }],
];

/** Returns an epoch, which is the same whenever it is asked for; `at` has the time of each of its slots. */
export function syntheticEpoch(epoch: number, at: (slot: number) => number): SyntheticEpoch {
  const random = randomOf(epoch + 1);
  const draft: Draft = { slots: Array.from({ length: SLOTS }, () => []), at };
  if (epoch === 0)
    for (const transaction of setUp(RELEASES, FEEDS)) draft.slots[0]?.push(transaction);
  else publishMore(draft, epoch);
  for (let index = 0; index < REQUESTS; index++) request(draft, random, epoch, index);
  roundOfFeed(draft, random, epoch);
  if (epoch % 4 === 1) batch(draft, random, epoch);
  return draft.slots;
}

function publishMore(draft: Draft, epoch: number): void {
  for (let index = 0; index < MORE_RELEASES; index++) {
    const release = RELEASES + (epoch - 1) * MORE_RELEASES + index;
    add(draft, index, published(release));
  }
}

function request(draft: Draft, random: Random, epoch: number, index: number): void {
  const id = hash32("request", epoch, index);
  const release = anyRelease(random, epoch);
  const operator = anyOperator(random);
  const requester = address("requester", random.below(REQUESTERS));
  const start = random.below(SLOTS - 8);
  const grade = anyGrade(random);
  const requests = DEPLOYMENT.inferenceRequests;
  const asked = { id, release, requester, kind: kindOf(grade), nonce: index, at: draft.at(start) };
  add(draft, start, { from: requester, to: requests, logs: [requested(asked)] });
  const fate = random.unit();
  if (fate < 0.04) {
    add(draft, start + 5, { from: requester, to: requests, logs: [refunded(id, requester)] });
    return;
  }
  const lock = locked(id, operator, draft.at(start + 1));
  add(draft, start + 1, { from: operator, to: requests, logs: lock });
  if (fate < 0.06) {
    const logs = [refunded(id, requester), ...slashed(id, operator, requester)];
    add(draft, start + 5, { from: requester, to: requests, logs });
    return;
  }
  const answer = fulfilled({ id, release, operator, grade, variant: random.below(16) });
  if (grade.window === 0) {
    const delivery =
      index % 3 === 0
        ? [eventLog("requests", "CallbackAttempted", [id], [0, index % 6 === 0])]
        : [];
    const logs = [answer, ...settled(id, operator, requester), ...delivery];
    add(draft, start + 2, { from: operator, to: requests, logs });
    add(draft, start + 7, { from: operator, to: requests, logs: [freed(id, operator)] });
    return;
  }
  add(draft, start + 2, { from: operator, to: requests, logs: [answer] });
  if (fate > 0.3) {
    const logs = finalized(id, operator, requester);
    add(draft, start + 6, { from: operator, to: requests, logs });
    return;
  }
  dispute(draft, { id, release, operator, requester, start, upheld: fate > 0.15 });
}

function finalized(id: Hex, operator: Hex, requester: Hex): readonly EventLog[] {
  return [
    eventLog("requests", "AnswerFinalized", [id]),
    ...settled(id, operator, requester),
    freed(id, operator),
  ];
}

function dispute(
  draft: Draft,
  challenged: {
    readonly id: Hex;
    readonly release: Hex;
    readonly operator: Hex;
    readonly requester: Hex;
    readonly start: number;
    readonly upheld: boolean;
  },
): void {
  const { id, release, operator, requester, start, upheld } = challenged;
  const requests = DEPLOYMENT.inferenceRequests;
  const challenger = address("challenger", Number(BigInt(id) % 50n));
  const until = draft.at(start) + 7200;
  const logs = [
    eventLog("requests", "AnswerContested", [id]),
    eventLog(
      "disputes",
      "AnswerChallenged",
      [requests, id, challenger],
      [operator, 10n ** 15n, until],
    ),
  ];
  add(draft, start + 3, { from: challenger, to: DISPUTES, logs });
  if (upheld) {
    const logs = [
      eventLog("disputes", "DisputeDecided", [requests, id], [3]),
      ...finalized(id, operator, requester),
    ];
    add(draft, start + 5, { from: operator, to: DISPUTES, logs });
    return;
  }
  panel(draft, { id, release, challenger, start: start + 3, until });
  const decided = [
    eventLog("disputes", "DisputeDecided", [requests, id], [4]),
    eventLog("requests", "AnswerOverturned", [id, operator]),
    refunded(id, requester),
    ...slashed(id, operator, requester),
  ];
  add(draft, start + 7, { from: challenger, to: DISPUTES, logs: decided });
}

function panel(
  draft: Draft,
  asked: {
    readonly id: Hex;
    readonly release: Hex;
    readonly challenger: Hex;
    readonly start: number;
    readonly until: number;
  },
): void {
  const { id, release, challenger, start, until } = asked;
  const round = hash32("round", id);
  const members = [0, 1, 2].map((seat) => address("operator", Number(BigInt(id) % 190n) + seat));
  const client = ARBITER;
  // As the contract's `Round`: status open, prepaid, two of three.
  const record = [
    ...[client, 1, true, false, 2, 3, 0, 0, 0, 0, 0, ZeroAddress as Hex, 0, OPERATORS],
    ...[challenger, 10n ** 15n, ZeroAddress as Hex, 10n ** 14n, 0, until],
    ...[release, id, hash32("input", id), ZeroHash as Hex],
  ];
  const opened = [
    eventLog("quorum", "RoundOpened", [round, client, id], record),
    eventLog(
      "disputes",
      "RoundOpened",
      [DEPLOYMENT.inferenceRequests, id, round],
      [challenger, 10n ** 14n],
    ),
  ];
  add(draft, start, { from: challenger, to: DISPUTES, logs: opened });
  const seats = members.map((member, seat) =>
    eventLog("quorum", "SeatTaken", [round, member], [seat]),
  );
  add(draft, start + 1, { from: challenger, to: QUORUM, logs: seats });
  for (const member of members) {
    const commitment = [
      eventLog("quorum", "OutputCommitted", [round, member], [hash32(member, id)]),
    ];
    add(draft, start + 1, { from: member, to: QUORUM, logs: commitment });
    const output = [eventLog("quorum", "OutputRevealed", [round, member], [32, 1, 7])];
    add(draft, start + 2, { from: member, to: QUORUM, logs: output });
  }
  const concluded = eventLog(
    "quorum",
    "RoundConcluded",
    [round],
    [hash32("output", id), 3, 96, 1, 7],
  );
  add(draft, start + 3, { from: challenger, to: QUORUM, logs: [concluded] });
}

function roundOfFeed(draft: Draft, random: Random, epoch: number): void {
  const feed = address("feed", epoch % FEEDS);
  const id = hash32("run", epoch);
  const release = hash32("release", epoch % FEEDS);
  const [keeper, operator] = [address("keeper"), anyOperator(random)];
  const round = Math.floor(epoch / FEEDS) + 1;
  const start = random.below(SLOTS - 8);
  const kind = 0;
  const provenance = hash32("provenance", epoch);
  const asked = { id, release, requester: feed, kind, nonce: round, at: draft.at(start) };
  const logs = [
    requested(asked),
    eventLog({ feed }, "ScheduleRun", [id, keeper], [round, 1000n * GWEI, provenance]),
  ];
  add(draft, start, { from: keeper, to: feed, logs });
  const lock = locked(id, operator, draft.at(start + 1));
  add(draft, start + 1, { from: operator, to: DEPLOYMENT.inferenceRequests, logs: lock });
  const answer = BigInt(2_000_00000000 + round * 1_000 + random.below(100_000));
  const grade = { kinds: 1, flags: 0, window: 0 };
  const answered = [
    fulfilled({ id, release, operator, grade, variant: round }),
    ...settled(id, operator, feed),
    eventLog({ feed }, "AnswerUpdated", [answer, round], [draft.at(start + 2)]),
    eventLog({ feed }, "RoundRecorded", [round, id], [95_000_000n, provenance]),
    eventLog("requests", "CallbackAttempted", [id], [0, true]),
  ];
  add(draft, start + 2, { from: operator, to: DEPLOYMENT.inferenceRequests, logs: answered });
}

function batch(draft: Draft, random: Random, epoch: number): void {
  const ledger = DEPLOYMENT.receiptLedger;
  const poster = anyOperator(random);
  const id = hash32("batch", epoch);
  const start = random.below(SLOTS - 8);
  const posted = eventLog(
    "ledger",
    "BatchPosted",
    [id, poster],
    [hash32("root", epoch), ITEMS, 10n ** 15n],
  );
  add(draft, start, { from: poster, to: ledger, logs: [posted] });
  const paid = Array.from({ length: ITEMS }, (_, index) =>
    eventLog("ledger", "ItemPaid", [id, hash32("channel", index)], [index, epoch, 20_000n * GWEI]),
  );
  add(draft, start + 1, { from: poster, to: ledger, logs: paid });
  const released = eventLog("ledger", "BondReleased", [id, poster], [10n ** 15n]);
  add(draft, start + 7, { from: poster, to: ledger, logs: [released] });
}

/** A few releases are asked for most. */
function anyRelease(random: Random, epoch: number): Hex {
  const known = RELEASES + Math.max(0, epoch - 1) * MORE_RELEASES;
  return hash32("release", Math.floor(known * random.unit() ** 4));
}

function anyOperator(random: Random): Hex {
  return address("operator", Math.floor(OPERATORS * random.unit() ** 2));
}

function anyGrade(random: Random): Grade {
  let rest = random.unit();
  for (const [share, grade] of GRADES) {
    if (rest < share) return grade;
    rest -= share;
  }
  return { kinds: 1, flags: 0, window: 0 };
}

/** The strongest kind that an answer rests on is what was asked for. */
function kindOf({ kinds }: Grade): number {
  return 31 - Math.clz32(kinds);
}

function add({ slots }: Draft, slot: number, transaction: SyntheticTransaction): void {
  slots[slot]?.push(transaction);
}
