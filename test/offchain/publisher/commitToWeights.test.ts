import { join } from "node:path";
import type { ProvableModel } from "@vouch/compiler";
import { segmentWeightsSalt, segmentedWeights, weightsCommitment } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import {
  commitToWeights,
  compilePlan,
  cutModel,
  planRelease,
  readModelFolder,
  requireWeights,
} from "@vouch/publisher";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";
import { RELEASE } from "../../helpers/trapdoorReceipt.ts";

const MODELS = join(import.meta.dirname, "../../../models");
const SALT: Hex = `0x${"5a".repeat(32)}`;
const MAX_CONSTRAINTS = 131_000;

/** A recurrent network: each of its segments computes some steps, all with the same weights. */
describe("commitToWeights of segments", function () {
  this.timeout(60_000);

  let models: readonly ProvableModel[];
  /** A parameter that the first two segments use. */
  let shared: string;

  before(() => {
    const plan = planRelease(readModelFolder(MODELS, "vol-eth-lstm"), {
      ...{ version: "1", publisher: `0x${"a1".repeat(20)}` },
      ...{ inputMode: "public", outputMode: "public", weights: "private" },
      ...{ setup: { kind: "development" }, maxConstraints: MAX_CONSTRAINTS },
    });
    models = cutModel(compilePlan(plan), plan);
    const [first, second] = models.map(({ graph }) => graph.parameters.map(({ id }) => id));
    shared = first!.find((id) => second!.includes(id))!;
  });

  const release = (weights: bigint) => ({ ...RELEASE, weights, circuit: `0x${"00".repeat(32)}` });

  it("is the hash of a commitment for each, under a salt of its own", () => {
    expect(models.length).to.be.above(1);
    const commitments = models.map(({ graph }, index) =>
      weightsCommitment(
        segmentWeightsSalt(SALT, index),
        graph.parameters.map(({ type, values }) => ({ ...type, values })),
      ),
    );
    expect(new Set(commitments).size).to.equal(models.length);
    expect(commitToWeights(models, SALT)).to.equal(segmentedWeights(commitments));
  });

  it("opens to one value of a parameter that several segments share", () => {
    expect(shared).to.be.a("string");
    const changed = models.map((model, index) => (index === 1 ? withChange(model, shared) : model));
    const published = commitToWeights(changed, SALT);
    expect(published).to.not.equal(commitToWeights(models, SALT));
    const verify = (weights: bigint): string | undefined =>
      codeOf(() => requireWeights(release(weights) as never, models, SALT));
    expect(verify(commitToWeights(models, SALT))).to.be.undefined;
    expect(verify(published)).to.equal("WEIGHTS_MISMATCH");
  });

  it("is zero where the weights are public", () => {
    const open = models.map((it) => ({ ...it, weights: "public" as const }));
    expect(commitToWeights(open, SALT)).to.equal(0n);
    expect(codeOf(() => commitToWeights(models))).to.equal("SALT_MISSING");
  });
});

/** The model with the first element of a parameter one step away. */
function withChange(model: ProvableModel, id: string): ProvableModel {
  const parameters = model.graph.parameters.map((it) =>
    it.id === id
      ? { ...it, values: it.values.with(0, it.values[0]! > 0n ? it.values[0]! - 1n : 1n) }
      : it,
  );
  return { ...model, graph: { ...model.graph, parameters } };
}
