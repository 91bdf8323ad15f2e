import type { SystemChoice } from "@vouch/compiler";
import { chooseCircuit, committedEstimate, constraintEstimate } from "@vouch/compiler";
import type { ReleasePlan } from "./prepareRelease.ts";
import { compilePlan } from "./prepareRelease.ts";

/** A plan whose proof system the estimate has chosen, and why. */
export type SettledPlan = { readonly plan: ReleasePlan; readonly choice: SystemChoice };

/**
 * Chooses the proof system of a plan, as `model:estimate` does. Where the plan's budget would cut the plain circuit into
 * segments and that of commit-and-prove is within it, the model is proven whole and the plan has no budget any more.
 *
 * @throws {CompilerError}
 */
export function settleSystem(plan: ReleasePlan): SettledPlan {
  const { maxConstraints, ...whole } = plan;
  if (plan.setup.kind === "ceremony") {
    const why =
      "the set-up is a ceremony, which is of plain Groth16 unless --system says otherwise";
    return settled(plan, { system: "groth16", why });
  }
  const model = compilePlan(plan);
  const choice = chooseCircuit(model, maxConstraints);
  if (maxConstraints === undefined || constraintEstimate(model).total <= maxConstraints)
    return settled(plan, choice);
  if (choice.system === "committedGroth16" && committedEstimate(model).total <= maxConstraints)
    return settled(whole, choice);
  const why = `the model is cut into segments of ${maxConstraints.toLocaleString("en-US")} constraints, which are of plain Groth16`;
  return settled(plan, { system: "groth16", why });
}

function settled(plan: ReleasePlan, choice: SystemChoice): SettledPlan {
  return { plan: { ...plan, system: choice.system }, choice };
}
