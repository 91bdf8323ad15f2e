import type { PurchaseKind } from "./customers.ts";
import type { FaultName } from "./schedule.ts";

/** What a part of the accounts should be, and what it is, in its unit. */
export type ReconciledRow = {
  readonly what: string;
  readonly unit: "wei" | "token" | "count";
  readonly expected: bigint;
  readonly found: bigint;
  /** What makes the difference, where it has names. */
  readonly named?: readonly string[];
};

/** A fault that was tried. */
export type FaultRecord = {
  readonly atMs: number;
  readonly what: FaultName;
  readonly target: number;
  /** Until it was over, and what was killed ran again. */
  readonly lastedMs: number;
  /** From its beginning until a block had an answer that was made behind its end; undefined where none came any more. */
  readonly recoveredMs: number | undefined;
};

/** An operator's transactions that reverted, and what they cost it: what another one did before them, with its key or not. */
export type Reverted = { readonly count: number; readonly wei: bigint };

/** What a soak found. */
export type SoakReport = {
  readonly seed: number;
  readonly seconds: number;
  readonly node: string;
  readonly blocks: number;
  readonly asked: number;
  /** Requests by HTTP, by how they are paid for. */
  readonly sold: Readonly<Partial<Record<PurchaseKind, number>>>;
  readonly fulfilled: number;
  readonly refunded: number;
  /** Requests that reached the chain too late to be made. */
  readonly refused: number;
  readonly perMinute: number;
  readonly reverted: Reverted;
  readonly faults: readonly FaultRecord[];
  readonly rows: readonly ReconciledRow[];
  /** Requests that installations with a key of others tried to lock before they could know. */
  readonly lockedUnaware: number;
  /** How processes ended that nobody killed, with their last words. */
  readonly ownEnds: readonly string[];
  /** Requests and payments that were not final in time, and how they stood. */
  readonly unfinished: readonly string[];
};

/** Returns the rows that differ. */
export function differencesOf({ rows }: Pick<SoakReport, "rows">): readonly ReconciledRow[] {
  return rows.filter(({ expected, found }) => expected !== found);
}

/** Says what differs, and by what. */
export function wordsOf({ what, named = [] }: ReconciledRow): string {
  return [what, ...named].join("; ");
}

/** Returns both tables as lines of text. */
export function tablesOf({ faults, rows }: Pick<SoakReport, "faults" | "rows">): string {
  const seconds = (ms: number | undefined): string =>
    ms === undefined ? "never" : `${(ms / 1_000).toFixed(1)} s`;
  return [
    ...table(
      ["fault", "target", "at", "lasted", "recovered"],
      faults.map((it) => [
        it.what,
        it.target < 0 ? "all" : String(it.target),
        seconds(it.atMs),
        seconds(it.lastedMs),
        seconds(it.recoveredMs),
      ]),
    ),
    "",
    ...table(
      ["account", "unit", "expected", "found", "difference"],
      rows.map(({ what, unit, expected, found }) => [
        what,
        unit,
        String(expected),
        String(found),
        String(found - expected),
      ]),
    ),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
