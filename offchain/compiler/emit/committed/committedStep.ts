import type { IntegerNode, Tensor } from "../../ir/integerGraph.ts";
import type { Linear, Rescale, Step } from "../lowerNodes.ts";
import type { ClampPlan } from "./clampPlan.ts";
import type { Limb } from "./limbs.ts";
import type { ProductCheck } from "./productChecks.ts";

type NodeOf<Op extends IntegerNode["op"]> = IntegerNode & { readonly op: Op };

/** What the main component does for a node, or for a layer and its rescale. */
export type CommittedStep =
  /** As the lowering without commitments does it. */
  | { readonly kind: "plain"; readonly step: Step }
  /** Products with committed weights, their sums committed in parts. */
  | {
      readonly kind: "layer";
      readonly layer: Linear;
      readonly rescale: Rescale;
      readonly clamp: ClampPlan;
      readonly check: ProductCheck;
      readonly rows: number;
      readonly inputs: number;
      readonly outputs: number;
    }
  /** Numbers that are known are taken apart. */
  | {
      readonly kind: "rescale";
      readonly node: Rescale;
      readonly clamp: ClampPlan;
      /** Multipliers, in turn. */
      readonly channels: number;
    }
  | {
      readonly kind: "largest";
      readonly node: NodeOf<"reduceSum" | "reduceMax">;
      readonly length: number;
      readonly limbs: readonly Limb[];
    }
  | {
      readonly kind: "function";
      readonly node: NodeOf<"lookup">;
      readonly table: number;
      readonly low: readonly Limb[];
    };

/** Every tensor that a step computes. */
export function outputsOf(steps: readonly CommittedStep[]): readonly Tensor[] {
  return steps.map((it) => {
    switch (it.kind) {
      case "plain":
        return it.step.kind === "view" ? it.step.node.output : it.step.output;
      case "layer":
        return it.rescale.output;
      default:
        return it.node.output;
    }
  });
}
