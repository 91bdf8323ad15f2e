import type { IntegerGraph, IntegerNode } from "../../ir/integerGraph.ts";
import { inputsOf } from "../../ir/integerGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import { claimedWords, componentsOf } from "../components.ts";
import type { Binding, ProvableModel } from "../components.ts";
import { factsOf, fusibleRescales, operandsFor } from "../lowerNodes.ts";
import type { Linear, Rescale } from "../lowerNodes.ts";
import { linearSpec, nodeTemplate, rescaleSpec } from "../nodeTemplate.ts";
import type { NodeFacts } from "../nodeTemplate.ts";
import { bitLength, timesMultiplier } from "../rescalePlan.ts";
import { clampPlan } from "./clampPlan.ts";
import type { CommittedStep } from "./committedStep.ts";
import { functionTables } from "./functionTables.ts";
import type { FunctionTable } from "./functionTables.ts";
import { coveringLimbs, exactLimbs, limbsCost } from "./limbs.ts";
import type { Limb, TableWidths } from "./limbs.ts";
import { productChecks, windowsOf } from "./productChecks.ts";
import type { ProductCheck } from "./productChecks.ts";
import { TABLE_SETS } from "./tableSets.ts";
import { unreadParameters } from "./unreadParameters.ts";
import type { ParameterElements } from "./unreadParameters.ts";

/** Every choice that the lowering for commit-and-prove makes. */
export type CommittedPlan = {
  readonly tables: TableWidths;
  readonly functions: readonly FunctionTable[];
  /** In step with the nodes they are for; a rescale that a layer takes in has none. */
  readonly steps: readonly CommittedStep[];
  /** Constraints of each node, in step with the graph's. */
  readonly constraints: readonly number[];
  /** Limbs of each tensor that comes in. */
  readonly inputs: readonly (readonly Limb[])[];
  readonly input: Binding;
  readonly output: Binding;
  /** Powers of b that are computed; 0 where none is needed. */
  readonly powers: number;
  /** Committed, and read by nothing. */
  readonly unread: readonly ParameterElements[];
  /** Words of the claim. */
  readonly words: number;
  /** Constraints of a part each. */
  readonly costs: Readonly<
    Record<"input" | "output" | "tables" | "powers" | "claim" | "blinds" | "unread", number>
  >;
  readonly total: number;
};

const plans = new WeakMap<ProvableModel, CommittedPlan>();

/** Chooses tables and templates so that the constraints are fewest; once for each model. */
export function planCommitted(model: ProvableModel): CommittedPlan {
  const known = plans.get(model) ?? cheapestPlan(model);
  plans.set(model, known);
  return known;
}

function cheapestPlan(model: ProvableModel): CommittedPlan {
  const prepared = prepare(model);
  const [first = [], ...others] = TABLE_SETS;
  let best = planWith(prepared, first);
  for (const tables of others) {
    const plan = planWith(prepared, tables);
    if (plan.total < best.total) best = plan;
  }
  return best;
}

type Prepared = {
  readonly model: ProvableModel;
  readonly graph: IntegerGraph;
  readonly facts: NodeFacts;
  readonly fusions: ReadonlyMap<IntegerNode, Rescale>;
  readonly functions: readonly FunctionTable[];
  readonly input: Binding;
  readonly output: Binding;
  readonly unread: readonly ParameterElements[];
  readonly plainCost: (node: IntegerNode) => number;
  readonly checkOf: (node: Linear, rescale: Rescale, bits: number, powers: number) => ProductCheck;
};

function prepare(model: ProvableModel): Prepared {
  const { graph } = model;
  const { input, output } = componentsOf(model);
  const facts = factsOf(graph);
  const plain = new Map<IntegerNode, number>();
  const plainCost = (node: IntegerNode): number => {
    if (node.op === "view") return 0;
    const cost = plain.get(node) ?? nodeTemplate(node, facts).constraints;
    plain.set(node, cost);
    return cost;
  };
  const windows = windowsOf(graph, facts);
  const checks = new Map<string, readonly ProductCheck[]>();
  const checkOf: Prepared["checkOf"] = (node, rescale, bits, powers) => {
    const key = `${node.output.id} ${bits}`;
    const known = checks.get(key) ?? productChecks(node, rescale, bits, facts, windows);
    checks.set(key, known);
    const costWith = (it: ProductCheck): number =>
      it.cost + (it.kind === "structured" ? Math.max(0, it.plan.powers - Math.max(2, powers)) : 0);
    return known.reduce((best, it) => (costWith(it) < costWith(best) ? it : best));
  };
  return {
    ...{ model, graph, facts, fusions: fusibleRescales(graph, facts), input, output },
    ...{ functions: functionTables(graph, facts, plainCost), plainCost, checkOf },
    unread: unreadParameters(graph, facts),
  };
}

function planWith(prepared: Prepared, tables: TableWidths): CommittedPlan {
  const { model, graph, fusions, functions, input, output, unread } = prepared;
  const fused = new Set<IntegerNode>();
  const steps: CommittedStep[] = [];
  const used = new Set<number>();
  const uses = (...limbs: readonly (readonly Limb[])[]): void => {
    for (const { table } of limbs.flat()) if (table !== undefined) used.add(table);
  };
  let powers = 0;
  const constraints = graph.nodes.map((node) => {
    if (fused.has(node)) return 0;
    const rescale = fusions.get(node);
    const chosen =
      node.op === "linear" && rescale !== undefined
        ? layerStep(prepared, node, rescale, { tables, powers })
        : soleStep(prepared, node, tables);
    steps.push(chosen.step);
    if (chosen.step.kind === "layer") {
      const { clamp, check } = chosen.step;
      fused.add(chosen.step.rescale);
      uses(clamp.value, clamp.excess, clamp.low);
      if (check.kind === "structured") powers = Math.max(powers, check.plan.powers);
    } else if (chosen.step.kind === "rescale") {
      const { clamp } = chosen.step;
      uses(clamp.value, clamp.excess, clamp.low);
    } else if (chosen.step.kind === "largest") uses(chosen.step.limbs);
    else if (chosen.step.kind === "function") uses(chosen.step.low);
    return chosen.cost;
  });
  const inputs = inputsOf(graph).map(({ type }) => exactLimbs(type.bits, tables));
  uses(...inputs);
  const words = claimedWords(input) + claimedWords(output);
  const inputRanges = inputsOf(graph).map(
    ({ shape }, k) => elementsOf(shape) * limbsCost(inputs[k] ?? []),
  );
  const costs = {
    input: sum(inputRanges) + (input.commit?.constraints ?? 0),
    output:
      (isOutputTyped(model) ? 0 : (output.pack?.constraints ?? 0)) +
      (output.commit?.constraints ?? 0),
    tables: sum(Array.from(used, (it) => 2 ** it)) + sum(functions.map((it) => it.rows)),
    // b is in one constraint at least, so that its point in the verification key is not zero.
    powers: powers === 0 ? 1 : powers - 2,
    claim: words - 1,
    blinds: model.weights === "private" ? 2 : 1,
    unread: unread.length > 0 ? 1 : 0,
  };
  return {
    ...{ tables: [...used].sort((a, b) => a - b), functions, steps, constraints, inputs },
    ...{ input, output, powers, unread, words, costs },
    total: sum(constraints) + sum(Object.values(costs)),
  };
}

function layerStep(
  { facts, checkOf }: Prepared,
  layer: Linear,
  rescale: Rescale,
  { tables, powers }: { readonly tables: TableWidths; readonly powers: number },
): { readonly step: CommittedStep; readonly cost: number } {
  const { input, multiplierBits, shift, output } = rescaleSpec(
    rescale,
    facts.rangeOf(layer.output.id),
    facts,
  );
  const clamp = clampPlan(timesMultiplier(input, multiplierBits), shift, output, tables);
  const { rows, inputs, outputs } = linearSpec(layer, facts);
  const check = checkOf(layer, rescale, clamp.sumBits, powers);
  return {
    step: { kind: "layer", layer, rescale, clamp, check, rows, inputs, outputs },
    cost: check.cost + rows * outputs * clamp.cost,
  };
}

function soleStep(
  { facts, functions, plainCost }: Prepared,
  node: IntegerNode,
  tables: TableWidths,
): { readonly step: CommittedStep; readonly cost: number } {
  const elements = elementsOf(node.output.shape);
  const known = plainCost(node);
  const plain = { step: plainStep(node, facts), cost: known };
  if (known === 0) return plain;
  switch (node.op) {
    case "rescale": {
      const { input, multiplierBits, shift, output } = rescaleSpec(
        node,
        facts.rangeOf(node.input),
        facts,
      );
      const clamp = clampPlan(timesMultiplier(input, multiplierBits), shift, output, tables);
      const { multiplier } = node;
      const channels = multiplier === undefined ? 1 : elementsOf(facts.tensorOf(multiplier).shape);
      const values = facts.known(node.input);
      const products =
        multiplierBits === undefined
          ? 0
          : elements - (values?.filter((it) => it !== undefined).length ?? 0);
      const cost = elements * clamp.cost + products;
      return cost < known && values === undefined
        ? { step: { kind: "rescale", node, clamp, channels }, cost }
        : plain;
    }
    case "reduceMax": {
      const { lo, hi } = facts.rangeOf(node.input);
      const length = facts.tensorOf(node.input).shape.at(-1) ?? 1;
      const limbs = coveringLimbs(Math.max(1, bitLength(hi - lo)), tables);
      const cost = elements * (length - 1 + length * limbsCost(limbs));
      return length > 1 && cost < known && facts.known(node.input) === undefined
        ? { step: { kind: "largest", node, length, limbs }, cost }
        : plain;
    }
    case "lookup": {
      const table = functions.findIndex((it) => it.nodes.includes(node));
      const found = functions[table];
      if (found === undefined) return plain;
      const low = exactLimbs(node.lowBits, tables);
      const cost = elements * (found.costEach + limbsCost(low));
      return { step: { kind: "function", node, table, low }, cost };
    }
    default:
      return plain;
  }
}

function plainStep(node: IntegerNode, facts: NodeFacts): CommittedStep {
  if (node.op === "view") return { kind: "plain", step: { kind: "view", node } };
  const operands = operandsFor(node, facts);
  const template = nodeTemplate(node, facts);
  return {
    kind: "plain",
    step: { kind: "template", template, operands, output: node.output },
  };
}

/**
 * Whether an output needs no range check to be packed, as its range follows from the types. What leaves or follows a cut may
 * be declared narrower than this part of the model would have it: for the whole model, that was proven.
 */
export function isOutputTyped({ input, output }: ProvableModel): boolean {
  return input.mode !== "join" && output.mode !== "join";
}

function sum(values: readonly number[]): number {
  return values.reduce((total, it) => total + it, 0);
}
