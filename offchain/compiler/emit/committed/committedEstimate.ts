import type { ConstraintEstimate } from "../constraintEstimate.ts";
import type { ProvableModel } from "../components.ts";
import { planCommitted } from "./plan.ts";

/**
 * Counts the constraints of the circuit that `emitCommittedCircom` returns, compiled with `--O2`, without compiling it. Beside
 * the parts of `constraintEstimate` there are `tables`, the rows of all lookups; `powers` of the challenge; and `blinds`.
 */
export function committedEstimate(model: ProvableModel): ConstraintEstimate {
  const { constraints, costs, total } = planCommitted(model);
  const nodes = model.graph.nodes.map(({ name }, index) => ({
    name,
    constraints: constraints[index] ?? 0,
  }));
  const commitments = Object.entries(costs).map(([name, count]) => ({ name, constraints: count }));
  return { nodes, commitments, total };
}
