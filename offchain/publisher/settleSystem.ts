import type { CompiledModel, SystemChoice } from "@vouch/compiler";
import { chooseCircuit, committedEstimate, constraintEstimate } from "@vouch/compiler";
import { batchModels } from "./batchSizes.ts";
import { PublisherError } from "./errors.ts";
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
  if (maxConstraints === undefined || constraintEstimate(model).total <= maxConstraints) {
    const alone = !haveRoom(plan, model, "groth16") && haveRoom(plan, model, "committedGroth16");
    if (choice.system !== "groth16" || !alone) return settled(plan, choice);
    const why = "its circuits of several inferences alone are within the budget";
    return settled(plan, { system: "committedGroth16", why });
  }
  if (choice.system === "committedGroth16" && committedEstimate(model).total <= maxConstraints)
    return settled(whole, choice);
  const why = `the model is cut into segments of ${maxConstraints.toLocaleString("en-US")} constraints, which are of plain Groth16`;
  return settled(plan, { system: "groth16", why });
}

/** Whether circuits of as many inferences as the plan says are within its budget. */
function haveRoom(
  { batches = [], maxConstraints }: ReleasePlan,
  model: CompiledModel,
  system: SystemChoice["system"],
): boolean {
  try {
    batchModels([model], batches, system, maxConstraints);
    return true;
  } catch (error) {
    if (error instanceof PublisherError && error.code === "BATCH_TOO_LARGE") return false;
    throw error;
  }
}

function settled(plan: ReleasePlan, choice: SystemChoice): SettledPlan {
  return { plan: { ...plan, system: choice.system }, choice };
}
