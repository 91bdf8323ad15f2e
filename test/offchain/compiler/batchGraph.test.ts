import { expect } from "chai";
import fc from "fast-check";
import { batchGraph, batchModel } from "../../../offchain/compiler/batches/batchGraph.ts";
import { constraintEstimate } from "../../../offchain/compiler/emit/constraintEstimate.ts";
import { interpret } from "../../../offchain/compiler/interpret.ts";
import type { IntegerGraph } from "../../../offchain/compiler/ir/integerGraph.ts";
import { verifyIntegers } from "../../../offchain/compiler/ir/verifyIntegers.ts";
import { everyOperation, mlp } from "../../helpers/provableModels.ts";
import { randomIntegerGraph, someInputs } from "../../helpers/randomIntegerGraph.ts";

const RUNS = process.env["VOUCH_DEEP"] === "1" ? 300 : 25;

/** What a batch gives has to be what each gives alone, end to end. */
function expectSame(graph: IntegerGraph, inputs: readonly (readonly bigint[])[]): void {
  const together = batchGraph(graph, inputs.length);
  verifyIntegers(together);
  const outputs = inputs.flatMap((input) => interpret(graph, input));
  expect(interpret(together, inputs.flat())).to.deep.equal(outputs);
}

describe("batchGraph", () => {
  it("gives for each of several inferences what the graph gives alone, by every operation", () => {
    const { graph } = everyOperation(3);
    expectSame(graph, someInputs(graph, 5, 4));
  });

  it("is the graph itself for one", () => {
    const { graph } = everyOperation(3);
    for (const input of someInputs(graph, 6)) expectSame(graph, [input]);
  });

  it("holds for random graphs, whatever of them depends on no input", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 20 }),
        fc.integer({ min: 1, max: 4 }),
        (seed, n) => {
          const { graph } = randomIntegerGraph({
            seed,
            weights: seed % 2 === 0 ? "private" : "public",
          });
          expectSame(graph, someInputs(graph, seed).slice(0, n));
        },
      ),
      { numRuns: RUNS, seed: 7 },
    );
  });

  it("has parameters once, so that each inference costs less the more there are", () => {
    const model = mlp(1, { sizes: [32, 16, 4] });
    const each = [1, 4, 16].map((count) => {
      const batch = batchModel(model, count);
      expect(batch.graph.parameters).to.equal(model.graph.parameters);
      return constraintEstimate(batch).total / count;
    });
    expect(each[1]).to.be.below(each[0]! * 0.6);
    expect(each[2]).to.be.below(each[1]! * 0.7);
  });
});
