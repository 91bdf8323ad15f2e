import { expect } from "chai";
import { circuitInputs } from "../../offchain/compiler/emit/circuitInputs.ts";
import { claimWords } from "../../offchain/compiler/emit/claimWords.ts";
import { constraintEstimate } from "../../offchain/compiler/emit/constraintEstimate.ts";
import { emitCircom } from "../../offchain/compiler/emit/circom.ts";
import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import { interpret } from "../../offchain/compiler/interpret.ts";
import { verifyIntegers } from "../../offchain/compiler/ir/verifyIntegers.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { compileCircuit, field, isRefused } from "../helpers/circuit.ts";
import { INTEGER_OPS, randomIntegerGraph, someInputs } from "../helpers/randomIntegerGraph.ts";

const isDeep = process.env["VOUCH_DEEP"] === "1";
/** Each takes some seconds to compile. */
const SEEDS = isDeep ? Array.from({ length: 60 }, (_, i) => i) : [15, 63, 104, 206];
const TIMEOUT_MS = isDeep ? 3_600_000 : 240_000;
/** Where values that follow from constants come out equal by chance, the circuit is smaller than the estimate. */
const TOLERANCE = 0.02;

const SALTS = { weightsSalt: 1n, inputSalt: 2n, outputSalt: 3n };
const Z = 0x7777_1234_5678_9abc_def0n;

function inputsFor(model: ProvableModel, input: readonly bigint[], output: readonly bigint[]) {
  const opening = { ...SALTS, input, output };
  const { v, c } = claimWords(model, opening);
  const e = field(v.reduce((sum, it, i) => sum + it * Z ** BigInt(i), 0n));
  return circuitInputs(model, { ...opening, c, z: Z, e });
}

describe("circuits of drawn graphs", () => {
  const draw = (seed: number, values?: number | "least" | "most"): ProvableModel =>
    randomIntegerGraph({
      ...{ seed, steps: 7, maxBits: 8, mode: seed % 4 === 1 ? "committed" : "public" },
      weights: seed % 2 === 0 ? "public" : "private",
      ...(values === undefined ? {} : { values }),
    });

  for (const seed of SEEDS) {
    const model = draw(seed);

    it(`equal the interpreter: ${model.weights} weights, seed ${seed}`, async () => {
      const circuit = await compileCircuit(emitCircom(model));
      const count = circuit.r1cs.constraints.length;
      const { total } = constraintEstimate(model);
      expect(total).to.be.within(count, count * (1 + TOLERANCE));

      const retrained =
        model.weights === "public"
          ? []
          : ([seed + 1, "least", "most"] as const).map((it) => draw(seed, it));
      for (const it of [model, ...retrained]) {
        verifyIntegers(it.graph);
        expect(emitCircom(it)).to.equal(emitCircom(model));
        for (const input of someInputs(it.graph, seed, 2)) {
          const output = interpret(it.graph, input);
          const witness = await circuit.calculate(inputsFor(it, input, output));
          expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
          const at = Number(input.reduce((sum, value) => sum + value * value, 0n)) % output.length;
          const { bits, signed } = it.graph.output.type;
          const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
          const beside = output[at] === most ? most - 1n : output[at]! + 1n;
          const other = inputsFor(it, input, output.with(at, beside));
          expect(await isRefused(circuit, other)).to.be.true;
        }
      }
    }).timeout(TIMEOUT_MS);
  }

  it("try every operation", () => {
    const tried = SEEDS.flatMap((seed) => draw(seed).graph.nodes.map((it) => it.op));
    expect(new Set(tried)).to.deep.equal(new Set(INTEGER_OPS));
  });
});
