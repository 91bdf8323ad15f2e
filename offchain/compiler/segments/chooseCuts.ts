import { HASH_TAGS, WORD_BITS } from "@vouch/protocol";
import { claim, commitment, hashWords, packWords } from "../emit/templates.ts";
import type { IntegerGraph, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import type { Crossing, Crossings } from "./crossings.ts";

/** What the circuit of a part of a graph costs. */
export type CutCosts = {
  /** Constraints of each node. */
  readonly nodes: readonly number[];
  /** Of range checks, packing and commitment of the model's own input and output, and their words in the claim. */
  readonly input: ClaimCost;
  readonly output: ClaimCost;
  /** Whether each part has a commitment to its parameters. */
  readonly committed: boolean;
};

export type ClaimCost = { readonly constraints: number; readonly words: number };

/** Nodes of one part: from the first index up to the second. */
export type Span = readonly [from: number, to: number];

/** Parts that make up a graph; or, where there are none, the first node that no part within the budget can begin with. */
export type Cuts =
  | { readonly spans: readonly Span[] }
  | { readonly before: readonly Span[]; readonly stuckAt: number };

/**
 * Cuts a graph into parts of at most `budget` constraints, such that together they have the fewest, and among those cuts,
 * parts of sizes as equal as can be.
 *
 * @param isRefused parts that cannot be
 */
export function chooseCuts(
  graph: IntegerGraph,
  crossings: Crossings,
  costs: CutCosts,
  budget: number,
  isRefused: (span: Span) => boolean,
): Cuts {
  const count = graph.nodes.length;
  const joins = graph.nodes.map((_, cut) => joinCost(cut === 0 ? [] : crossings.at(cut)));
  const entry = (at: number): ClaimCost | undefined => (at === 0 ? costs.input : joins[at]);
  const exit = (at: number): ClaimCost | undefined => (at === count ? costs.output : joins[at]);
  const measure = createMeasure(graph, crossings, costs);

  const best: (Plan | undefined)[] = [{ from: 0, constraints: 0, squares: 0 }];
  let last = 0;
  for (let from = 0; from < count; from++) {
    const plan = best[from];
    const into = entry(from);
    if (plan === undefined || into === undefined) continue;
    last = from;
    measure.start(from);
    for (let to = from + 1; to <= count; to++) {
      const inside = measure.advance(to);
      if (inside + into.constraints > budget) break;
      const out = exit(to);
      if (out === undefined) continue;
      const words = Number(costs.committed) + into.words + out.words;
      const ends = into.constraints + out.constraints + claim(words).constraints;
      const total = inside + ends;
      if (total > budget || isRefused([from, to])) continue;
      const constraints = plan.constraints + total;
      const next = { from, constraints, squares: plan.squares + total ** 2 };
      if (isBetter(next, best[to])) best[to] = next;
    }
  }
  if (best[count] === undefined) return { before: spansTo(best, last), stuckAt: last };
  return { spans: spansTo(best, count) };
}

/** The best way to cut what lies before an index. */
type Plan = { readonly from: number; readonly constraints: number; readonly squares: number };

function isBetter(a: Plan, b: Plan | undefined): boolean {
  if (b === undefined || a.constraints !== b.constraints)
    return b === undefined || a.constraints < b.constraints;
  return a.squares < b.squares;
}

function spansTo(best: readonly (Plan | undefined)[], end: number): readonly Span[] {
  const spans: Span[] = [];
  for (let to = end; to > 0;) {
    const from = best[to]?.from ?? 0;
    spans.push([from, to]);
    to = from;
  }
  return spans.reverse();
}

/** `undefined` where nothing crosses, so that there is nothing to join. */
function joinCost(crossings: readonly Crossing[]): ClaimCost | undefined {
  if (crossings.length === 0) return undefined;
  const pack = packWords(crossings.map(({ tensor, elements }) => ({ ...tensor.type, elements })));
  return {
    constraints: pack.constraints + commitment(HASH_TAGS.join, pack.words).constraints,
    words: 1,
  };
}

/** Adds up the constraints of nodes and weights, one node after the other. */
type Measure = {
  /** Begins a part in front of a node. */
  readonly start: (from: number) => void;
  /** Takes in the next node, up to `to`, and returns what the part has now. */
  readonly advance: (to: number) => number;
};

function createMeasure(graph: IntegerGraph, crossings: Crossings, costs: CutCosts): Measure {
  const makers = new Map(graph.nodes.map(({ output }, index) => [output.id, index]));
  const parameters = new Map(graph.parameters.map((it) => [it.id, it]));
  let known = new Set<TensorId>();
  let nodes = 0;
  let weights = 0;
  let packing = { words: 0, room: 0 };

  const provide = (id: TensorId): void => {
    if (known.has(id)) return;
    known.add(id);
    const parameter = parameters.get(id);
    const maker = makers.get(id);
    if (parameter !== undefined) {
      weights += elementsOf(parameter.shape) * parameter.type.bits;
      packing = packed(packing, parameter);
    } else if (maker !== undefined) {
      take(maker);
    }
  };
  const take = (index: number): void => {
    const node = graph.nodes[index];
    if (node === undefined) return;
    operandsOf(node).forEach(provide);
    known.add(node.output.id);
    nodes += costs.nodes[index] ?? 0;
  };
  const commit = (): number =>
    packing.words === 0
      ? hashWords(HASH_TAGS.weights, 1).constraints
      : commitment(HASH_TAGS.weights, packing.words).constraints;

  return {
    start(from) {
      const entering =
        from === 0
          ? inputsOf(graph).map(({ id }) => id)
          : crossings.at(from).map(({ tensor }) => tensor.id);
      known = new Set(entering);
      [nodes, weights, packing] = [0, 0, { words: 0, room: 0 }];
    },
    advance(to) {
      if (!crossings.isRemade(to - 1)) take(to - 1);
      if (to === graph.nodes.length) provide(graph.output.id);
      return nodes + weights + (costs.committed ? commit() : 0);
    },
  };
}

/** Mixed packing of docs/statement.md, section 2, with one tensor more. */
function packed(
  { words, room }: { readonly words: number; readonly room: number },
  { shape, type: { bits } }: Tensor,
): { readonly words: number; readonly room: number } {
  const elements = elementsOf(shape);
  const rest = elements - Math.min(elements, Math.floor(room / bits));
  if (rest === 0) return { words, room: room - elements * bits };
  const perWord = Math.floor(WORD_BITS / bits);
  const opened = Math.ceil(rest / perWord);
  return { words: words + opened, room: WORD_BITS - (rest - (opened - 1) * perWord) * bits };
}
