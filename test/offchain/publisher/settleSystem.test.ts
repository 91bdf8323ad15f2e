import { join } from "node:path";
import type { ReleaseChoices, SettledPlan } from "@vouch/publisher";
import { planRelease, readModelFolder, settleSystem } from "@vouch/publisher";
import { expect } from "chai";

const MODELS = join(import.meta.dirname, "../../../models");

/** As `model:publish --system auto` settles it. */
function settledOf(model: string, choices: Partial<ReleaseChoices> = {}): SettledPlan {
  const plan = planRelease(readModelFolder(MODELS, model), {
    ...{ version: "1", publisher: `0x${"00".repeat(20)}`, weights: "private" },
    ...{ inputMode: "public", outputMode: "public", setup: { kind: "development" } },
    ...choices,
  });
  return settleSystem(plan);
}

describe("settleSystem", () => {
  for (const [model, system] of [
    ["mnist-cnn-tiny", "committedGroth16"],
    ["credit-german-mlp", "groth16"],
  ] as const) {
    it(`proves ${model} by ${system}`, () => {
      const { plan, choice } = settledOf(model);
      expect([plan.system, choice.system]).to.deep.equal([system, system]);
      expect(choice.why).to.not.equal("");
    });
  }

  it("leaves a ceremony to plain Groth16", () => {
    const { plan } = settledOf("mnist-cnn-tiny", { setup: { kind: "ceremony" } });
    expect(plan.system).to.equal("groth16");
  });

  it("proves a model whole where commit-and-prove alone is within the budget", () => {
    const { plan } = settledOf("mnist-cnn-tiny", { maxConstraints: 20_000 });
    expect([plan.system, plan.maxConstraints]).to.deep.equal(["committedGroth16", undefined]);
  });

  it("cuts a model that neither is within, by plain Groth16", () => {
    const { plan } = settledOf("mnist-cnn-tiny", { maxConstraints: 9_000 });
    expect([plan.system, plan.maxConstraints]).to.deep.equal(["groth16", 9_000]);
  });

  it("takes commit-and-prove where its circuits of several inferences alone are within the budget", () => {
    const choices = { maxConstraints: 12_000, batches: [4] };
    expect(settledOf("credit-german-mlp", choices).plan.system).to.equal("committedGroth16");
    const alone = settledOf("credit-german-mlp", { ...choices, batches: [] });
    expect(alone.plan.system).to.equal("groth16");
    const neither = settledOf("credit-german-mlp", { ...choices, batches: [128] });
    expect(neither.plan.system).to.equal("groth16");
  });

  it("keeps a budget that nothing is cut by", () => {
    const { plan } = settledOf("mnist-cnn-tiny", { maxConstraints: 60_000 });
    expect([plan.system, plan.maxConstraints]).to.deep.equal(["committedGroth16", 60_000]);
  });
});
