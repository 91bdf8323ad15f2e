import { expect } from "chai";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { circuitInputs, claimWords, interpret } from "@vouch/compiler";
import type { Receipt, RequestId, Statement } from "@vouch/protocol";
import {
  challenge,
  dequantizeTensor,
  evaluateWords,
  hashOfWords,
  packWords,
  statementDigest,
} from "@vouch/protocol";
import { calculateWitness, prove, terminate, witnessValues } from "@vouch/prover";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario, refusalsOf, resign, rowOf } from "../helpers/creditScenario.ts";
import { IS_DEEP } from "../helpers/deepOnly.ts";

/** int8 against float on held-out rows, in units of the logit; the rows span -5 to 3. */
const MAX_DRIFT = 0.05;

/** Every sixth row by default. */
const STEP = IS_DEEP ? 1 : 6;

/** onnxruntime ≈ interpreter = integer onnxruntime = circom witness = on-chain public signals, on held-out rows. */
describe("credit-german-mlp: differential chain", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let float: InferenceSession;

  before(async () => {
    scenario = await openCreditScenario();
    float = await InferenceSession.create(scenario.open.prepared.bundle.file);
  });

  after(terminate);

  it("has 24 held-out rows", () => {
    expect(scenario.open.samples.rows).to.have.length(24);
  });

  for (let row = 0; row < 24; row += STEP) {
    it(`agrees on row ${row}, from float to chain`, async () => {
      const { served, open } = scenario;
      const { graph, input, output } = served.compiled;
      const sample = open.samples.rows[row];
      if (sample === undefined) throw new RangeError("no such row");
      const elements = rowOf(open, row);

      const result = await float.run({
        x: new Tensor("float32", Float32Array.from(sample.x), [1, sample.x.length]),
      });
      const logit = Number(result["logit"]?.data[0]);
      const interpreted = interpret(graph, elements);
      const [drifted] = dequantizeTensor(interpreted, output);
      expect(Math.abs((drifted ?? NaN) - logit)).to.be.lessThan(MAX_DRIFT);
      expect((drifted ?? NaN) > 0).to.equal(logit > 0);

      expect(await served.model.run(elements)).to.deep.equal(interpreted);

      const words = { input: packWords(elements, input), output: packWords(interpreted, output) };
      const receipt = receiptOf(scenario, row, words);
      const [weightsSalt] = served.weightsSalts;
      const [proving] = served.proving;
      if (weightsSalt === undefined || proving === undefined)
        throw new Error("private weights have a salt, and a circuit a key");
      const witness = { weightsSalt, input: elements, output: interpreted };
      const { v, c } = claimWords(served.compiled, witness);
      const z = challenge(c, statementDigest(receipt.domain, receipt.statement));
      const e = evaluateWords(v, z);
      const inputs = circuitInputs(served.compiled, { ...witness, c, z, e });
      const wires = witnessValues(await calculateWitness(proving.wasm, inputs));
      expect([...wires.slice(0, 4)]).to.deep.equal([1n, c, z, e]);

      const { proof, publicSignals } = await prove(proving, inputs);
      expect(publicSignals).to.deep.equal([c, z, e]);
      const signed = await resign(receipt, scenario.cast.operator, {
        kind: "zk",
        commitment: c,
        proof,
      });
      expect(await refusalsOf(scenario, signed)).to.deep.equal(["accepted", "accepted"]);
    });
  }
});

function receiptOf(
  { chain, cast, open }: CreditScenario,
  row: number,
  words: { readonly input: readonly bigint[]; readonly output: readonly bigint[] },
): Receipt {
  const { bundle } = open.prepared;
  const statement: Statement = {
    release: bundle.id,
    request: hashOfWords([BigInt(row)]) as RequestId,
    operator: cast.operator.address.toLowerCase() as Statement["operator"],
    inputHash: hashOfWords(words.input),
    outputHash: hashOfWords(words.output),
  };
  return {
    domain: chain.domain,
    statement,
    ...words,
    evidence: [],
    release: bundle.release,
    circuit: bundle.circuit,
  };
}
