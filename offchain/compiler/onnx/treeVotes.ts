import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import type { Branch, Child, Forest, Vote } from "./forest.ts";
import { childrenOf } from "./forest.ts";
import { not, scalar } from "./formulas.ts";

/** How the trees' votes for a target become one score. */
export type Aggregate = "SUM" | "AVERAGE" | "MIN" | "MAX";

const RELATIONS = ["less", "lessOrEqual", "equal"] as const;

/** Column of a tensor `[N, width]`. */
type Place = { readonly id: FloatId; readonly width: number; readonly column: number };

/** A child at some depth, and the column that says whether the way leads there; `undefined` for a root. */
type Reached = { readonly child: Child; readonly place: Place | undefined };

/**
 * Scores `[N, targets]` of features `[N, F]`. All trees at once: every branch is one element of a comparison, every depth
 * one product that passes on to the left what came to a branch, the rest going to the right; each leaf's weight is then
 * multiplied with whether the leaf is reached.
 */
export function treeScores(
  ops: FloatOps,
  features: FloatId,
  forest: Forest,
  targets: number,
  aggregate: Aggregate,
): FloatId {
  const leaves = reachLeaves(ops, features, forest);
  const treeOf = ({ leaf }: Vote): number => forest.leaves[leaf] ?? 0;
  const votes = [...forest.votes].sort((a, b) => a.target - b.target || treeOf(a) - treeOf(b));
  const [rows = 1] = ops.shapeOf(features);
  if (votes.length === 0) return ops.broadcast(scalar(ops, 0), [rows, targets]);

  const places = votes.flatMap(({ leaf }) => leaves[leaf] ?? []);
  const weights = ops.constant(
    [1, votes.length],
    votes.map(({ weight }) => weight),
    "weight",
  );
  const cast = ops.multiply(columns(ops, places, rows), weights);
  if (aggregate === "SUM" || aggregate === "AVERAGE") {
    const sums = ops.reduceSum(
      padded(
        ops,
        cast,
        grouped(votes, ({ target }) => target, targets),
      ),
    );
    return aggregate === "SUM" ? sums : ops.scale(sums, 1 / forest.roots.length);
  }
  // One value for each target and tree that votes for it, then the least or largest of a target's.
  const pairs = votes.filter((it, at) => {
    const last = votes[at - 1];
    return last?.target !== it.target || treeOf(last) !== treeOf(it);
  });
  let pair = -1;
  const byPair = grouped(votes, (it) => (pairs[pair + 1] === it ? ++pair : pair), pairs.length);
  const values = ops.reduceSum(padded(ops, cast, byPair));
  const sign = aggregate === "MAX" ? 1 : -1;
  const byTarget = grouped(pairs, ({ target }) => target, targets);
  return ops.scale(ops.reduceMax(padded(ops, ops.scale(values, sign), byTarget, true)), sign);
}

/** For each leaf whether the way leads there. */
function reachLeaves(ops: FloatOps, features: FloatId, forest: Forest): readonly Place[] {
  const [rows = 1] = ops.shapeOf(features);
  const bits = compareAll(ops, features, byDepth(forest));
  const leaves = new Array<Place>(forest.leaves.length);
  let level: readonly Reached[] = forest.roots.map((child) => ({ child, place: undefined }));
  while (level.length > 0) {
    for (const { child, place } of level) {
      if (child.kind === "leaf") leaves[child.at] = place ?? always(ops, rows);
    }
    const inner = level.filter(({ child }) => child.kind === "branch");
    const { length: width } = inner;
    if (width === 0) break;
    const bit = columns(
      ops,
      inner.flatMap(({ child }) => bits.get(child.at) ?? []),
      rows,
    );
    const places = inner.flatMap(({ place }) => place ?? []);
    const reached = places.length === 0 ? undefined : columns(ops, places, rows);
    const left = reached === undefined ? bit : ops.multiply(reached, bit);
    const right = reached === undefined ? not(ops, bit) : ops.subtract(reached, left);
    level = inner.flatMap(({ child }, column) =>
      childrenOf(forest, child).map((it, k) => ({
        child: it,
        place: { id: k === 0 ? left : right, width, column },
      })),
    );
  }
  return leaves;
}

/** Branches in the order in which they are passed, so that a depth's comparisons stand side by side. */
function byDepth(forest: Forest): readonly (readonly [at: number, branch: Branch])[] {
  const order: (readonly [number, Branch])[] = [];
  for (let level = forest.roots; level.length > 0;) {
    for (const { kind, at } of level) {
      const branch = kind === "branch" ? forest.branches[at] : undefined;
      if (branch !== undefined) order.push([at, branch]);
    }
    level = level.flatMap((it) => childrenOf(forest, it));
  }
  return order;
}

/** One comparison for all branches of a relation. */
function compareAll(
  ops: FloatOps,
  features: FloatId,
  branches: readonly (readonly [at: number, branch: Branch])[],
): ReadonlyMap<number, Place> {
  const [rows = 1, count = 1] = ops.shapeOf(features);
  const places = new Map<number, Place>();
  for (const relation of RELATIONS) {
    const own = branches.filter(([, branch]) => branch.relation === relation);
    const { length: width } = own;
    if (width === 0) continue;
    const gathered = ops.view([features], [rows, width], (at) => {
      const row = Math.floor(at / width);
      return row * count + (own[at % width]?.[1].feature ?? 0);
    });
    const thresholds = ops.constant(
      [1, width],
      own.map(([, { threshold }]) => threshold),
      "weight",
    );
    const id = ops.compare(relation, gathered, thresholds);
    own.forEach(([at], column) => places.set(at, { id, width, column }));
  }
  return places;
}

/** Columns side by side: `[N, places]`. */
function columns(ops: FloatOps, places: readonly Place[], rows: number): FloatId {
  const starts = new Map<FloatId, number>();
  let total = 0;
  for (const { id, width } of places) {
    if (starts.has(id)) continue;
    starts.set(id, total);
    total += rows * width;
  }
  const { length: count } = places;
  return ops.view([...starts.keys()], [rows, count], (at) => {
    const place = places[at % count];
    if (place === undefined) return -1;
    return (starts.get(place.id) ?? 0) + Math.floor(at / count) * place.width + place.column;
  });
}

function always(ops: FloatOps, rows: number): Place {
  return { id: ops.broadcast(scalar(ops, 1), [rows, 1]), width: 1, column: 0 };
}

/** Indices of the elements that belong to each group. */
function grouped<Element>(
  elements: readonly Element[],
  groupOf: (element: Element) => number,
  groups: number,
): readonly (readonly number[])[] {
  const lists = Array.from({ length: groups }, (): number[] => []);
  elements.forEach((it, at) => lists[groupOf(it)]?.push(at));
  return lists;
}

/** `[N, groups, longest]`: the columns of each group; what it has fewer are zeros, or its first column again. */
function padded(
  ops: FloatOps,
  input: FloatId,
  groups: readonly (readonly number[])[],
  repeats = false,
): FloatId {
  const [rows = 1, width = 1] = ops.shapeOf(input);
  const longest = groups.reduce((most, { length }) => Math.max(most, length), 1);
  return ops.view([input], [rows, groups.length, longest], (at) => {
    const group = groups[Math.floor(at / longest) % groups.length] ?? [];
    const column = group[at % longest] ?? (repeats ? group[0] : undefined);
    return column === undefined ? -1 : Math.floor(at / (longest * groups.length)) * width + column;
  });
}
