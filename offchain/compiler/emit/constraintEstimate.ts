import { componentsOf } from "./components.ts";
import type { Binding, ProvableModel } from "./components.ts";

/** Constraints of one part of a circuit. */
export type ConstraintCount = { readonly name: string; readonly constraints: number };

/** Where the constraints of a model's circuit come from. */
export type ConstraintEstimate = {
  /** In step with `graph.nodes`, by node name. */
  readonly nodes: readonly ConstraintCount[];
  /** Range checks, packing and hashes: `weights`, `input`, `output` and `claim`. */
  readonly commitments: readonly ConstraintCount[];
  readonly total: number;
};

/**
 * Counts the constraints of the circuit that `emitCircom` returns, compiled with `--O2`, without compiling it. Exact for
 * every circuit tested (`test/circuits/main.test.ts`).
 */
export function constraintEstimate(model: ProvableModel): ConstraintEstimate {
  const components = componentsOf(model);
  const nodes = model.graph.nodes.map((node, index) => ({
    name: node.name,
    constraints: components.nodes[index]?.constraints ?? 0,
  }));
  const commitments = [
    { name: "weights", constraints: bindingConstraints(components.weights) },
    { name: "input", constraints: bindingConstraints(components.input) },
    { name: "output", constraints: bindingConstraints(components.output) },
    { name: "claim", constraints: components.claim.constraints },
  ];
  const total = [...nodes, ...commitments].reduce((sum, it) => sum + it.constraints, 0);
  return { nodes, commitments, total };
}

function bindingConstraints({ pack, commit }: Binding): number {
  return (pack?.constraints ?? 0) + (commit?.constraints ?? 0);
}
