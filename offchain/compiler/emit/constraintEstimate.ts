import { componentsOf } from "./components.ts";
import type { Binding, ProvableModel } from "./components.ts";

/** Constraints of one part of a circuit. */
export type ConstraintCount = { readonly name: string; readonly constraints: number };

/** Where the constraints of a model's circuit come from. */
export type ConstraintEstimate = {
  /** In step with `graph.nodes`, by node name; what is computed together with a layer counts for the layer. */
  readonly nodes: readonly ConstraintCount[];
  /** Range checks, packing and hashes: `weights` unless they are public, `input`, `output` and `claim`. */
  readonly commitments: readonly ConstraintCount[];
  readonly total: number;
};

/**
 * Counts the constraints of the circuit that `emitCircom` returns, compiled with `--O2`, without compiling it. Exact for
 * every circuit tested (`test/circuits/main.test.ts`).
 */
export function constraintEstimate(model: ProvableModel): ConstraintEstimate {
  const { constraints, weights, input, output, claim } = componentsOf(model);
  const nodes = model.graph.nodes.map(({ name }, index) => ({
    name,
    constraints: constraints[index] ?? 0,
  }));
  const commitments = [
    ...(weights === undefined ? [] : [{ name: "weights", constraints: bindingCost(weights) }]),
    { name: "input", constraints: bindingCost(input) },
    { name: "output", constraints: bindingCost(output) },
    { name: "claim", constraints: claim.constraints },
  ];
  const total = [...nodes, ...commitments].reduce((sum, it) => sum + it.constraints, 0);
  return { nodes, commitments, total };
}

function bindingCost({ pack, commit }: Binding): number {
  return (pack?.constraints ?? 0) + (commit?.constraints ?? 0);
}
