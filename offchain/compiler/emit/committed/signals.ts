import type { Range } from "../../ir/rescale.ts";
import type { IntegerGraph } from "../../ir/integerGraph.ts";
import { inputsOf } from "../../ir/integerGraph.ts";
import { rangeOfType } from "../../ir/range.ts";
import { elementsOf } from "../../ir/shape.ts";
import { inferencesOf } from "../components.ts";
import type { ProvableModel } from "../components.ts";
import { saltedTensors } from "../circom.ts";
import { inputSignal } from "../writer.ts";
import type { Limb } from "./limbs.ts";
import type { CommittedStep } from "./committedStep.ts";
import type { CommittedPlan } from "./plan.ts";

/** A private input of the main component: so many field elements. */
export type CommittedSignal = { readonly name: string; readonly length: number };

/** Numbers of which each, plus the offset, is made of the limbs; the lowest is derived, the others are committed. */
export type RangeCheck = {
  readonly signal: string;
  readonly elements: number;
  readonly offset: bigint;
  readonly limbs: readonly Limb[];
};

/** Private inputs of one group of wires, in order, the blind not among them. */
export type AdviceLayout = {
  readonly signals: readonly CommittedSignal[];
  readonly checks: readonly RangeCheck[];
};

/** Names of the parts of a step's output. */
export type PartName = "Value" | "Excess" | "Low" | "Row" | "Base" | "Slope" | "Differences";

/** Signal of a part of the step at `index`. */
export function partSignal(index: number, part: PartName): string {
  return `node${index}${part}`;
}

/** Committed limb of a checked signal; the lowest is 0. */
export function limbSignal(signal: string, limb: number): string {
  return `${signal}Limb${limb}`;
}

/** Signal of the multiplicities of a range table. */
export function rangeTableSignal(bits: number): string {
  return `range${bits}`;
}

/** Signal of the multiplicities of a function's table. */
export function functionTableSignal(index: number): string {
  return `function${index}`;
}

/** What a prover commits to before the challenge, beside the weights (docs/circuits.md, "Commit and prove"). */
export function adviceLayout(model: ProvableModel, plan: CommittedPlan): AdviceLayout {
  const { graph } = model;
  const inputs = inputsOf(graph).map(({ shape, type }, index): RangeCheck => ({
    ...{ signal: inputSignal(index), elements: elementsOf(shape) },
    ...{ offset: -rangeOfType(type).lo, limbs: plan.inputs[index] ?? [] },
  }));
  const steps = plan.steps.map((it, index) => stepSignals(it, index));
  const checks = [...inputs, ...steps.flatMap((it) => it.checks)];
  return {
    signals: [
      ...inputs.map(({ signal, elements }) => ({ name: signal, length: elements })),
      ...saltedTensors({ ...model, weights: "public" }).map((it) => ({
        ...{ name: `${it}Salt`, length: inferencesOf(model) },
      })),
      ...steps.flatMap((it) => it.signals),
      ...checks.flatMap(limbSignals),
      ...plan.functions.map(({ rows }, index) => ({
        ...{ name: functionTableSignal(index), length: rows },
      })),
      ...plan.tables.map((bits) => ({ name: rangeTableSignal(bits), length: 2 ** bits })),
    ],
    checks,
  };
}

/** The committed limbs of a range check. */
export function limbSignals({ signal, elements, limbs }: RangeCheck): readonly CommittedSignal[] {
  return limbs.slice(1).map((_, j) => ({ name: limbSignal(signal, j + 1), length: elements }));
}

function stepSignals(step: CommittedStep, index: number): AdviceLayout {
  const committed = (part: PartName, elements: number): CommittedSignal => ({
    ...{ name: partSignal(index, part), length: elements },
  });
  const check = (part: PartName, elements: number, limbs: readonly Limb[]): RangeCheck => ({
    ...{ signal: partSignal(index, part), elements, offset: 0n, limbs },
  });
  switch (step.kind) {
    case "plain":
      return { signals: [], checks: [] };
    case "layer":
    case "rescale": {
      const { output } = step.kind === "layer" ? step.rescale : step.node;
      const { sides, value, excess, low } = step.clamp;
      const n = elementsOf(output.shape);
      return {
        signals: [
          committed("Value", n),
          ...(sides === "none" ? [] : [committed("Excess", n)]),
          // Where the sum is known, the rest of it is.
          ...(step.kind === "layer" ? [committed("Low", n)] : []),
        ],
        checks: [
          check("Value", n, value),
          ...(sides === "none" ? [] : [check("Excess", n, excess)]),
          check("Low", n, low),
        ],
      };
    }
    case "largest": {
      const rows = elementsOf(step.node.output.shape);
      return {
        signals: [committed("Value", rows)],
        checks: [check("Differences", rows * step.length, step.limbs)],
      };
    }
    case "function": {
      const { node, low } = step;
      const n = elementsOf(node.output.shape);
      const isSloped = node.lowBits > 0 && node.slope.some((it) => it !== 0n);
      return {
        signals: [
          ...(node.lowBits > 0 ? [committed("Row", n)] : []),
          committed("Base", n),
          ...(isSloped ? [committed("Slope", n)] : []),
        ],
        checks: node.lowBits > 0 ? [check("Low", n, low)] : [],
      };
    }
    default:
      return step satisfies never;
  }
}

/** Range of the type of a function's input. */
export function functionInput(
  graph: IntegerGraph,
  { node }: CommittedStep & { readonly kind: "function" },
): Range {
  const all = [...inputsOf(graph), ...graph.parameters, ...graph.constants];
  const tensors = [...all, ...graph.nodes.map((it) => it.output)];
  const { type } = tensors.find((it) => it.id === node.input) ?? node.output;
  return rangeOfType(type);
}
