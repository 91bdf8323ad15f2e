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

/**
 * Stacks answers by the evidence that they rest on: a layer for each set of kinds that occurs, and apart from it one for the same
 * kinds where they are weak.
 */
export function stackAssurance(
  rows: readonly ActivityRow[],
  { from, to, size }: { readonly from: number; readonly to: number; readonly size: number },
  measure: Measure,
  { kind, strongOnly = false }: AssuranceFilter = {},
): { readonly points: readonly Point[]; readonly series: readonly Series[] } {
  const kept = rows.filter(
    (row) =>
      !isAsked(row) &&
      !(strongOnly && row.weak) &&
      (kind === undefined || kindsOf(row.kinds).includes(kind)),
  );
  const layers = new Map<string, ActivityRow>();
  const sums = new Map<number, Record<string, number>>();
  for (const row of kept) {
    const key = `${row.kinds}:${row.weak ? "weak" : "strong"}`;
    layers.set(key, row);
    const at = startOf(row.at, size);
    const sum = sums.get(at) ?? {};
    sum[key] = (sum[key] ?? 0) + (measure === "count" ? row.count : Number(row.value) / 1e18);
    sums.set(at, sum);
  }
  const points: Point[] = [];
  for (let at = startOf(from, size); at <= to; at += size) points.push({ ...sums.get(at), at });
  const series = [...layers].map(([key, row]) => seriesOf(key, row)).sort(byName);
  return { points, series };
}

function seriesOf(key: string, { kinds, weak }: ActivityRow): Series {
  const named = kindsOf(kinds);
  const strongest = STRENGTH.find((it) => named.includes(it));
  const name = named.length === 0 ? "no evidence" : named.join(" + ");
  return {
    key,
    name: weak ? `${name}, weak` : name,
    // Red is what proves nothing against who made it.
    colour: weak ? "var(--bad)" : strongest === undefined ? "var(--muted)" : COLOURS[strongest],
  };
}

function byName(a: Series, b: Series): number {
  return a.name.localeCompare(b.name);
}
