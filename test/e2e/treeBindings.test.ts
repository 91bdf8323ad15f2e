import { expect } from "chai";
import type { CompiledModel, Parameter } from "@vouch/compiler";
import { interpret } from "@vouch/compiler";
import type { Evidence, Receipt } from "@vouch/protocol";
import { elementRange, packWords, verifyGroth16 } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { proofOf } from "../../scripts/demo/forgeries.ts";
import type { Scenario } from "../helpers/creditScenario.ts";
import { proveNearby, refusalsOf, resign, serveRow } from "../helpers/creditScenario.ts";
import { oneCircuit } from "../helpers/oneCircuit.ts";
import { opModel } from "../helpers/opCase.ts";
import { randomTrees } from "../helpers/randomTrees.ts";
import { openTinyScenario } from "../helpers/tinyScenario.ts";

/** docs/statement.md, section 6, for what a tree has in the place of weights. */
describe("docs/statement.md: bindings of a tree", function () {
  this.timeout(300_000);

  let scenario: Scenario & { readonly close: () => void };
  let receipt: Receipt;
  let input: readonly bigint[];

  before(async () => {
    const trees = opModel({
      op: "TreeEnsembleRegressor",
      domain: "ai.onnx.ml",
      attributes: { ...randomTrees({ trees: 2, depth: 2 }), n_targets: 1 },
      inputs: [{ shape: [1, 4] }],
    });
    scenario = await openTinyScenario("private", trees);
    const served = await serveRow(scenario, 0);
    receipt = served.receipt;
    input = served.elements;
  });

  after(async () => {
    scenario.close();
    await terminate();
  });

  it("accepts the honest receipt", async () => {
    expect(await refusalsOf(scenario, receipt)).to.deep.equal(["accepted", "accepted"]);
  });

  for (const kind of ["threshold", "leaf"] as const) {
    it(`binds the weights: a ${kind} changed, with a valid proof of what the tree then gives`, async () => {
      const { served, cast } = scenario;
      const compiled = withOtherAnswer(served.compiled, kind, input);
      const output = interpret(compiled.graph, input);
      const words = packWords(output, compiled.output);
      const claimed = await resign(receipt, cast.operator, proofOf(receipt), { output: words });
      const { commitment, proof, publicSignals } = await proveNearby(
        scenario,
        claimed,
        input,
        output,
        { compiled },
      );
      const key = oneCircuit(receipt.circuit).key;
      expect(verifyGroth16(key, proof, publicSignals)).to.equal(true);
      const evidence: Evidence = { kind: "zk", commitment, proof };
      const forged = await resign(claimed, cast.operator, evidence, { output: words });
      expect(await refusalsOf(scenario, forged)).to.deep.equal(["PROOF_INVALID", "ProofInvalid"]);
    });
  }
});

/** The model with one parameter changed by the least that changes its answer. */
function withOtherAnswer(
  { graph, ...rest }: CompiledModel,
  kind: "threshold" | "leaf",
  input: readonly bigint[],
): CompiledModel {
  const honest = interpret(graph, input);
  const ofKind = ({ id }: Parameter): boolean =>
    id.endsWith(".threshold") === (kind === "threshold");
  for (let step = 1n; step < 200n; step++) {
    for (const target of graph.parameters.filter(ofKind)) {
      for (const values of neighbours(target, step)) {
        const parameters = graph.parameters.map((it) => (it === target ? { ...it, values } : it));
        const changed = { ...graph, parameters };
        if (interpret(changed, input).some((it, i) => it !== honest[i]))
          return { ...rest, graph: changed };
      }
    }
  }
  throw new Error(`no ${kind} changes the answer`);
}

/** Values of the parameter's type that differ in one element, by `step`. */
function neighbours({ values, type }: Parameter, step: bigint): readonly (readonly bigint[])[] {
  const [min, max] = elementRange(type);
  return [step, -step].flatMap((change) =>
    values.flatMap((value, index) => {
      const other = value + change;
      return other < min || other > max ? [] : [values.with(index, other)];
    }),
  );
}
