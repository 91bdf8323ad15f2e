import type { EvidenceKind } from "@vouch/protocol";
import type { ActivityRow } from "../data/readActivity.ts";
import { kindsOf } from "../ui/assuranceWords.ts";
import type { Point, Series } from "../ui/charts/series.ts";
import { isAsked, startOf } from "./bucketActivity.ts";

/** What a stack measures: answers, or the fee and cover that stood on them, in ether. */
export type Measure = "count" | "value";

/** Which answers a stack is of. */
export type AssuranceFilter = {
  /** Answers that rest on this kind, beside others or not. */
  readonly kind?: EvidenceKind;
  /** Leaves out what rests on a simulated enclave or a development set-up. */
  readonly strongOnly?: boolean;
};

const COLOURS: Readonly<Record<EvidenceKind, string>> = {
  signature: "var(--signature)",
  quorum: "var(--quorum)",
  optimistic: "var(--optimistic)",
  tee: "var(--tee)",
  zk: "var(--zk)",
};
/** From what anybody can check down to what one has to believe. */
const STRENGTH: readonly EvidenceKind[] = ["zk", "tee", "quorum", "optimistic", "signature"];

/** Which evidence something was counted under. */
type Counted = Pick<ActivityRow, "kinds" | "weak" | "count" | "value">;

/**
 * Stacks answers by the evidence that they rest on: a layer for each set of kinds that occurs, and apart from it one for the same
 * kinds where they are weak.
 */
export function stackAssurance(
  rows: readonly ActivityRow[],
  { from, to, size }: { readonly from: number; readonly to: number; readonly size: number },
  measure: Measure,
  filter: AssuranceFilter = {},
): { readonly points: readonly Point[]; readonly series: readonly Series[] } {
  const kept = rows.filter((row) => !isAsked(row) && isKept(row, filter));
  const sums = new Map<number, Record<string, number>>();
  for (const row of kept) {
    const key = keyOf(row);
    const at = startOf(row.at, size);
    const sum = sums.get(at) ?? {};
    sum[key] = (sum[key] ?? 0) + measured(row, measure);
    sums.set(at, sum);
  }
  const points: Point[] = [];
  for (let at = startOf(from, size); at <= to; at += size) points.push({ ...sums.get(at), at });
  return { points, series: seriesOf(kept) };
}

/** Whether a filter leaves something in. */
export function isKept(
  { kinds, weak }: Counted,
  { kind, strongOnly = false }: AssuranceFilter,
): boolean {
  return !(strongOnly && weak) && (kind === undefined || kindsOf(kinds).includes(kind));
}

/** Returns the key of the layer that something is in. */
export function keyOf({ kinds, weak }: Counted): string {
  return `${kinds}:${weak ? "weak" : "strong"}`;
}

/** Returns answers, or ether. */
export function measured({ count, value }: Counted, measure: Measure): number {
  return measure === "count" ? count : Number(value) / 1e18;
}

/** Returns the layers that rows are in, the weak ones behind the others: each in another red, which is what proves nothing against who made it. */
export function seriesOf(rows: readonly Counted[]): readonly Series[] {
  const layers = [...new Map(rows.map((row) => [keyOf(row), row]))].sort(([, a], [, b]) =>
    nameOf(a).localeCompare(nameOf(b)),
  );
  const strong = layers.filter(([, { weak }]) => !weak);
  const weak = layers.filter(([, row]) => row.weak);
  return [
    ...strong.map(([key, row]) => ({ key, name: nameOf(row), colour: colourOf(row) })),
    ...weak.map(([key, row], at) => ({
      key,
      name: `${nameOf(row)}, weak`,
      colour:
        at === 0 ? "var(--bad)" : `color-mix(in oklab, var(--bad) ${redOf(at)}%, var(--surface))`,
    })),
  ];
}

function nameOf({ kinds }: Counted): string {
  return kindsOf(kinds).join(" + ") || "no evidence";
}

function colourOf({ kinds }: Counted): string {
  const named = kindsOf(kinds);
  const strongest = STRENGTH.find((it) => named.includes(it));
  return strongest === undefined ? "var(--muted)" : COLOURS[strongest];
}

/** Fainter by a fifth each, down to what is still told from the ground. */
function redOf(at: number): number {
  return Math.max(100 * 0.8 ** at, 35);
}
