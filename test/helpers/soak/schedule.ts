import { randomNumbers } from "../onnxModel.ts";

/** What can go wrong, and with what. */
export const FAULTS = [
  "worker killed",
  "gateway killed",
  "database killed",
  "node killed",
  "blocks replaced",
  "endpoint lags",
  "endpoint slow",
  "endpoint silent",
  "endpoint busy",
  "nonce too high",
  "nonce too low",
  "sockets dropped",
  "transactions swallowed",
  "key shared",
] as const;

export type FaultName = (typeof FAULTS)[number];

/** A fault at its time. */
export type PlannedFault = {
  readonly atMs: number;
  readonly name: FaultName;
  /** Which worker or endpoint; -1 stands for all endpoints. */
  readonly target: number;
  /** How long it lasts, or what was killed stays down. */
  readonly forMs: number;
  /** Blocks behind, blocks replaced, nonces off. */
  readonly amount: number;
};

/** Bounds of the pause behind a fault, and of how long one lasts, in milliseconds. */
const PAUSE_MS = [2_000, 6_000] as const;
const LASTS_MS = [500, 4_000] as const;
export const REORG_BLOCKS = 5;

/** Draws integers that a seed decides. */
export type Draw = (from: number, to: number) => number;

/** Returns a source of integers in [from, to]. */
export function drawFrom(seed: number): Draw {
  const next = randomNumbers(seed);
  return (from, to) => from + Math.floor(((next() + 1) / 2) * (to - from + 1));
}

/** Returns the faults of a soak: every kind in turn, each round in another order, at times that the seed decides as well. */
export function planFaults(
  seed: number,
  durationMs: number,
  kinds: readonly FaultName[],
): readonly PlannedFault[] {
  const draw = drawFrom(seed);
  const planned: PlannedFault[] = [];
  let round: FaultName[] = [];
  for (let atMs = draw(...PAUSE_MS); atMs < durationMs; atMs += draw(...PAUSE_MS)) {
    if (round.length === 0) round = shuffled(kinds, draw);
    const name = round.pop();
    if (name === undefined) break;
    const amount = name === "blocks replaced" ? REORG_BLOCKS : draw(1, 8);
    planned.push({ atMs, name, target: draw(-1, 1), forMs: draw(...LASTS_MS), amount });
  }
  return planned;
}

function shuffled<T>(items: readonly T[], draw: Draw): T[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(draw(0, rest.length - 1), 1));
}
