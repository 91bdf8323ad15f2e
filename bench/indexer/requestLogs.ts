import type { Hex, Policy } from "@vouch/protocol";
import {
  allOf,
  encodePolicy,
  NO_FLOOR,
  requireOptimistic,
  requireQuorum,
  requireSignature,
  requireTee,
  requireZk,
} from "@vouch/protocol";
import { ZeroAddress } from "ethers";
import { DEPLOYMENT, hash32 } from "./addresses.ts";
import type { EventLog } from "./eventLog.ts";
import { encodedData, eventLog, wordOf } from "./eventLog.ts";

export const GWEI = 10n ** 9n;
/** Of an answer: what it rests on, in the bits of `Assurance`, and for how long it stays open to challenge. */
export type Grade = { readonly kinds: number; readonly flags: number; readonly window: number };

const INPUT_WORDS = 8;
const OUTPUTS = 16;
/** Bytes of the evidence of each kind, as verifiers take it: signature, quorum, optimistic, enclave, proof. */
const EVIDENCE_BYTES = [65, 32, 65, 149, 288];
// Places in `RequestParams`, in words from the start of the data, whose first word says where the tuple starts.
const NONCE = 1;
const RELEASE = 2;
const LOCK_DEADLINE = 16;
const DEADLINE = 17;
const STAKE = 10n ** 16n;
const FEE = 400_000n * GWEI;

/** What is asked for, by the kind of evidence. */
const POLICIES: readonly (() => Policy)[] = [
  () => allOf([requireSignature()], STAKE),
  () => allOf([requireQuorum(2, 3)], STAKE),
  () => allOf([requireOptimistic(3600, requireZk("any"))], STAKE),
  () => allOf([requireTee("UpToDate", { simulated: true })], STAKE),
  () => allOf([requireZk("any")]),
];

const templates = new Map<string, Hex>();
const holder = DEPLOYMENT.inferenceRequests;

/** Returns the event of a request. */
export function requested(asked: {
  readonly id: Hex;
  readonly release: Hex;
  readonly requester: Hex;
  readonly kind: number;
  readonly nonce: number;
  readonly at: number;
}): EventLog {
  const { id, release, requester, kind, nonce, at } = asked;
  const template = templateOf(`requested ${kind}`, () =>
    encodedData("requests", "InferenceRequested", [
      [
        0,
        release,
        Array.from({ length: INPUT_WORDS }, (_, index) => hash32("input", kind, index)),
        encodePolicy(POLICIES[kind]?.() ?? NO_FLOOR),
        ZeroAddress,
        FEE / 2n,
        FEE * BigInt(1 + kind),
        0,
        STAKE,
        STAKE / 4n,
        100_000n * GWEI,
        30n * GWEI,
        300_000,
        kind === 4 ? 100_000 : 0,
        0,
        0,
        0,
      ],
    ]),
  );
  const data = patched(template, [
    [NONCE, nonce],
    [RELEASE, release],
    [LOCK_DEADLINE, at + 600],
    [DEADLINE, at + 3600],
  ]);
  return eventLog("requests", "InferenceRequested", [id, release, requester], data);
}

/** Returns the events with which an operator takes a request. */
export function locked(id: Hex, operator: Hex, at: number): readonly EventLog[] {
  return [
    eventLog("requests", "RequestLocked", [id, operator], [FEE]),
    eventLog("vault", "LiabilityOpened", [operator, holder, id], [STAKE, 0, dayAfter(at, 14)]),
  ];
}

/** Returns the event of an answer. */
export function fulfilled(answer: {
  readonly id: Hex;
  readonly release: Hex;
  readonly operator: Hex;
  readonly grade: Grade;
  readonly variant: number;
}): EventLog {
  const { id, release, operator, grade, variant } = answer;
  const { kinds, flags, window } = grade;
  const shape = variant % OUTPUTS;
  const data = templateOf(`fulfilled ${kinds} ${flags} ${window} ${shape}`, () =>
    encodedData("requests", "InferenceFulfilled", [
      [BigInt(shape), hash32("output", shape)],
      EVIDENCE_BYTES.flatMap((bytes, kind) =>
        (kinds & (1 << kind)) === 0 ? [] : [[kind, `0x${"5a".repeat(bytes)}`]],
      ),
      [kinds, flags, (kinds & 2) === 0 ? 0 : 2, (kinds & 2) === 0 ? 0 : 3, 0, 0, window, STAKE],
      window,
    ]),
  );
  return eventLog("requests", "InferenceFulfilled", [id, release, operator], data);
}

/** Returns the events that pay for an answer. */
export function settled(id: Hex, operator: Hex, requester: Hex): readonly EventLog[] {
  return [
    eventLog("requests", "RequestSettled", [id], [FEE, FEE / 50n, FEE / 4n]),
    eventLog("vault", "EarningsShared", [operator], [FEE, 0]),
    eventLog("vault", "Credited", [requester], [FEE / 4n]),
  ];
}

/** Returns the events that take an operator's stake for a request. */
export function slashed(id: Hex, operator: Hex, requester: Hex): readonly EventLog[] {
  const amount = STAKE / 4n;
  return [
    eventLog("vault", "Credited", [requester], [amount / 2n]),
    eventLog(
      "vault",
      "Slashed",
      [operator, holder, id],
      [amount, 0, amount / 2n, amount / 4n, amount / 4n],
    ),
  ];
}

/** Returns the event that frees stake again. */
export function freed(id: Hex, operator: Hex): EventLog {
  return eventLog("vault", "LiabilityClosed", [operator, holder, id]);
}

/** Returns the event that gives a requester its money back. */
export function refunded(id: Hex, requester: Hex): EventLog {
  return eventLog("requests", "RequestRefunded", [id, requester], [FEE]);
}

function dayAfter(at: number, days: number): number {
  return (Math.floor(at / 86_400) + days) * 86_400;
}

function templateOf(key: string, encode: () => Hex): Hex {
  const kept = templates.get(key) ?? encode();
  templates.set(key, kept);
  return kept;
}

function patched(data: Hex, words: readonly (readonly [number, Hex | number])[]): Hex {
  let result: string = data;
  for (const [index, value] of words) {
    const start = 2 + index * 64;
    result = result.slice(0, start) + wordOf(value) + result.slice(start + 64);
  }
  return result as Hex;
}
