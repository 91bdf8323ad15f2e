import { claimedWords, componentsOf } from "../emit/components.ts";
import type { ProvableModel } from "../emit/components.ts";
import { constraintEstimate } from "../emit/constraintEstimate.ts";
import { CompilerError } from "../errors.ts";
import { verifyIntegers } from "../ir/verifyIntegers.ts";
import { inferRanges } from "../passes/inferRanges.ts";
import { removeDeadIntegers } from "../passes/removeDeadIntegers.ts";
import { chooseCuts } from "./chooseCuts.ts";
import type { CutCosts, Span } from "./chooseCuts.ts";
import type { Crossings } from "./crossings.ts";
import { composeViews } from "./composeViews.ts";
import { crossingsOf } from "./crossings.ts";
import { cutGraph } from "./cutGraph.ts";
import type { Piece } from "./cutGraph.ts";
import { orderNodes } from "./orderNodes.ts";
import { splitRows } from "./splitRows.ts";

/** Places behind a node where it is tried how little a segment could take that begins with it. */
const LOOKAHEAD = 8;

/**
 * Cuts a model into segments of at most `budget` constraints, each a circuit of its own that is joined to the next by a
 * commitment to what passes between them. Run one after the other they give what the model gives, bit for bit
 * (docs/adr/0006-segmentation.md). A model within the budget is its own only segment.
 *
 * The cuts depend on the architecture alone: two trainings have the same circuits.
 *
 * @param budget constraints that a segment may have
 * @throws {CompilerError} `NODE_OVER_BUDGET` where a node alone has more, with its weights and what it takes in and gives
 * out.
 */
export function segmentGraph(model: ProvableModel, budget: number): readonly ProvableModel[] {
  if (constraintEstimate(model).total <= budget) return [model];
  const composed = removeDeadIntegers(composeViews(model.graph));
  const whole = cut({ ...model, graph: orderNodes(composed) }, budget);
  const rows = composeViews(splitRows(composed));
  if (rows.nodes.length === composed.nodes.length) return segmentsOrThrow(whole);
  const split = cut({ ...model, graph: orderNodes(rows) }, budget);
  return segmentsOrThrow(totalOf(split) < totalOf(whole) ? split : whole);
}

/** Segments, or why there are none. */
type Attempt = readonly ProvableModel[] | CompilerError;

function segmentsOrThrow(attempt: Attempt): readonly ProvableModel[] {
  if (attempt instanceof CompilerError) throw attempt;
  return attempt;
}

function totalOf(attempt: Attempt): number {
  if (attempt instanceof CompilerError) return Infinity;
  return attempt.reduce((sum, it) => sum + constraintEstimate(it).total, 0);
}

function cut(whole: ProvableModel, budget: number): Attempt {
  const crossings = crossingsOf(whole.graph, inferRanges(whole.graph));
  const costs = costsOf(whole);
  const refused = new Set<string>();
  for (;;) {
    const cuts = chooseCuts(whole.graph, crossings, costs, budget, (it) => refused.has(it.join()));
    const spans = "spans" in cuts ? cuts.spans : cuts.before;
    const built = build(whole, crossings, spans, budget);
    if ("refused" in built) refused.add(built.refused.join());
    else if ("spans" in cuts) return built.segments;
    else return overBudget(whole, crossings, cuts.stuckAt, built.last, budget);
  }
}

type Built =
  | { readonly segments: readonly ProvableModel[]; readonly last: Piece | undefined }
  | { readonly refused: Span };

/** What was planned is an estimate where ranges are wider in a part than in the whole: so each part is checked. */
function build(
  whole: ProvableModel,
  crossings: Crossings,
  spans: readonly Span[],
  budget: number,
): Built {
  const segments: ProvableModel[] = [];
  let last: Piece | undefined;
  for (const span of spans) {
    try {
      last = cutGraph(whole.graph, crossings, span, last?.leaving);
      verifyIntegers(last.graph);
      const segment = segmentOf(whole, last);
      if (constraintEstimate(segment).total > budget) return { refused: span };
      segments.push(segment);
    } catch (error) {
      if (!(error instanceof CompilerError)) throw error;
      return { refused: span }; // a type that a join makes wider no longer fits
    }
  }
  return { segments, last };
}

function segmentOf(whole: ProvableModel, { graph, input, output }: Piece): ProvableModel {
  return { ...whole, graph, input: input ?? whole.input, output: output ?? whole.output };
}

/** Names the node with the least that a segment takes which begins with it: sums, say, alone or with their rescale. */
function overBudget(
  whole: ProvableModel,
  crossings: Crossings,
  stuckAt: number,
  last: Piece | undefined,
  budget: number,
): CompilerError {
  const { nodes, name } = whole.graph;
  const ends = nodes
    .map((_, index) => index + 1)
    .filter((to) => to > stuckAt && (to === nodes.length || crossings.at(to).length > 0));
  const totals = ends.slice(0, LOOKAHEAD).map((to) => {
    const piece = cutGraph(whole.graph, crossings, [stuckAt, to], last?.leaving);
    return constraintEstimate(segmentOf(whole, piece)).total;
  });
  const node = nodes[stuckAt]?.name ?? name;
  const constraints = Math.min(...totals);
  return new CompilerError({ code: "NODE_OVER_BUDGET", node, constraints, budget });
}

function costsOf(model: ProvableModel): CutCosts {
  const { nodes, commitments } = constraintEstimate(model);
  const { input, output } = componentsOf(model);
  const constraintsOf = (name: string): number =>
    commitments.find((it) => it.name === name)?.constraints ?? 0;
  return {
    nodes: nodes.map((it) => it.constraints),
    input: { constraints: constraintsOf("input"), words: claimedWords(input) },
    output: { constraints: constraintsOf("output"), words: claimedWords(output) },
    committed: model.weights === "private",
  };
}
