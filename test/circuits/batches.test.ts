import { readFileSync } from "node:fs";
import { batchWords } from "@vouch/protocol";
import { expect } from "chai";
import { batchModel } from "../../offchain/compiler/batches/batchGraph.ts";
import { batchOpening } from "../../offchain/compiler/emit/batchOpening.ts";
import type { SingleOpening } from "../../offchain/compiler/emit/batchOpening.ts";
import { circuitInputs } from "../../offchain/compiler/emit/circuitInputs.ts";
import { emitCircom } from "../../offchain/compiler/emit/circom.ts";
import { claimWords } from "../../offchain/compiler/emit/claimWords.ts";
import { committedEstimate } from "../../offchain/compiler/emit/committed/committedEstimate.ts";
import {
  challengedInputs,
  committedInputs,
  committedWords,
  groupValues,
} from "../../offchain/compiler/emit/committed/committedInputs.ts";
import { committedSizes } from "../../offchain/compiler/emit/committed/committedSizes.ts";
import { emitCommittedCircom } from "../../offchain/compiler/emit/committed/emitCommittedCircom.ts";
import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import { constraintEstimate } from "../../offchain/compiler/emit/constraintEstimate.ts";
import { interpret } from "../../offchain/compiler/interpret.ts";
import { requireCommittedInputs } from "../../offchain/prover/committed/requireCommittedInputs.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import type { CircuitInputs } from "../helpers/circuit.ts";
import { compileCircuit, expectConstraintCount, field, isRefused } from "../helpers/circuit.ts";
import { codeOf } from "../helpers/codeOf.ts";
import { CHALLENGES, convolution, image } from "../helpers/committedCircuit.ts";
import { everyOperation } from "../helpers/provableModels.ts";
import { someInputs } from "../helpers/randomIntegerGraph.ts";

const isDeep = process.env["VOUCH_DEEP"] === "1";
const WEIGHTS_SALT = 11n;
const BLINDS = { weights: 77n, advice: 88n };
const { z: Z, b: B } = CHALLENGES[0]!; // there are two

/** Inputs that prove the inferences of a batch, each under salts of its own; `v`, where given, are the words that are claimed. */
type Prove = (
  batch: ProvableModel,
  openings: readonly SingleOpening[],
  v?: readonly bigint[],
) => CircuitInputs;

const evaluate = (v: readonly bigint[]): bigint =>
  v.reduceRight((sum, it) => field(sum * Z + it), 0n);

const plainInputs: Prove = (batch, openings, claimed) => {
  const opening = batchOpening(openings, WEIGHTS_SALT);
  const { v, c } = claimWords(batch, opening);
  return circuitInputs(batch, { ...opening, c, z: Z, e: evaluate(claimed ?? v) });
};

const committedOnes: Prove = (batch, openings, claimed) => {
  const opening = batchOpening(openings);
  const v = claimed ?? committedWords(batch, opening);
  const inputs = committedInputs(batch, opening, BLINDS);
  return challengedInputs(inputs, { z: Z, b: B, e: evaluate(v) });
};

const SYSTEMS = [
  {
    ...{ system: "plain Groth16", emit: emitCircom, inputs: plainInputs },
    estimate: constraintEstimate,
  },
  {
    ...{ system: "commit-and-prove", emit: emitCommittedCircom, inputs: committedOnes },
    estimate: committedEstimate,
  },
] as const;

function withSaltedOutput(model: ProvableModel): ProvableModel {
  const { output } = model;
  return output.mode === "join" ? model : { ...model, output: { ...output, mode: "committed" } };
}

const CASES = [
  {
    ...{ name: "every operation, input and output committed", single: everyOperation(1) },
    systems: SYSTEMS,
    inputs: someInputs(everyOperation(1).graph, 5, 2).slice(2, 5),
  },
  {
    ...{ name: "a convolution with a public input", single: withSaltedOutput(convolution()) },
    inputs: [image(1), image(2)],
    systems: isDeep ? SYSTEMS : SYSTEMS.slice(1),
  },
] as const;

function openingsOf(
  { graph }: ProvableModel,
  inputs: readonly (readonly bigint[])[],
): SingleOpening[] {
  return inputs.map((input, at) => ({
    ...{ input, output: interpret(graph, input) },
    ...{ inputSalt: BigInt(100 + at), outputSalt: BigInt(200 + at) },
  }));
}

describe("a batch of inferences", function () {
  this.timeout(120_000);

  for (const { name, single, inputs: given, systems } of CASES) {
    const count = given.length;
    const batch = batchModel(single, count);
    const openings = openingsOf(single, given);

    it(`has the words of each inference, in order, behind those of the weights, and 1 at the end: ${name}`, () => {
      const { v } = claimWords(batch, batchOpening(openings, WEIGHTS_SALT));
      const each = openings.map((it) => {
        return claimWords(single, { ...it, weightsSalt: WEIGHTS_SALT }).v;
      });
      expect(v).to.deep.equal([each[0]![0], ...each.flatMap((it) => it.slice(1)), 1n]);
      expect(committedWords(batch, batchOpening(openings))).to.deep.equal(v.slice(1));
    });

    for (const { system, emit, inputs, estimate } of systems) {
      describe(`given ${name}, by ${system}`, () => {
        const compile = () => compileCircuit(emit(batch));

        it("proves what each inference gives alone", async () => {
          const circuit = await compile();
          const witness = await circuit.calculate(inputs(batch, openings));
          expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
        });

        it("refuses another output of each inference", async () => {
          const circuit = await compile();
          for (const at of openings.keys()) {
            const { output, ...known } = openings[at]!;
            const lie = { ...known, output: output.with(0, output[0]! === 0n ? 1n : 0n) };
            expect(await isRefused(circuit, inputs(batch, openings.with(at, lie)))).to.be.true;
          }
        });

        it("refuses the words of the inferences in another order", async () => {
          const circuit = await compile();
          const ended = claimWords(
            system === "plain Groth16" ? batch : { ...batch, weights: "public" },
            batchOpening(openings, WEIGHTS_SALT),
          ).v;
          const v = ended.slice(0, -1);
          const first = v.length % count; // the weights' word, if there is one
          const size = (v.length - first) / count;
          const part = (at: number): readonly bigint[] =>
            v.slice(first + at * size, first + (at + 1) * size);
          const swapped = [
            ...v.slice(0, first),
            ...[part(1), part(0)].flat(),
            ...v.slice(first + 2 * size),
            ...ended.slice(-1),
          ];
          expect(swapped).to.have.length(ended.length);
          expect(await isRefused(circuit, inputs(batch, openings, ended))).to.be.false;
          // Without what tells their number.
          expect(await isRefused(circuit, inputs(batch, openings, v))).to.be.true;
          expect(await isRefused(circuit, inputs(batch, openings, swapped))).to.be.true;
        });

        it("is not proven by the circuit of one inference, even where zeros follow its words", async () => {
          const circuit = await compileCircuit(emit(single));
          const isPlain = system === "plain Groth16";
          const own = claimWords(
            isPlain ? single : { ...single, weights: "public" },
            batchOpening(openings.slice(0, 1), WEIGHTS_SALT),
          ).v;
          const words = isPlain ? own.slice(1) : own;
          const claimed = batchWords(
            [words, words.map(() => 0n)].map((input) => ({ input, output: [] })),
          );
          const both = [...own.slice(0, own.length - words.length), ...claimed];
          const [first] = openings as [SingleOpening];
          expect(await isRefused(circuit, inputs(single, [first], own))).to.be.false;
          expect(await isRefused(circuit, inputs(single, [first], both))).to.be.true;
        });

        it("has as many constraints as the estimate says", async () => {
          const circuit = await compile();
          expect(estimate(batch).total).to.equal(circuit.r1cs.constraints.length);
          expectConstraintCount(`batch of ${count}, ${system}: ${name}`, circuit);
        });
      });
    }
  }

  it("has every private input committed, on the wire of its place, and the weights of one inference", async () => {
    const [, { single, inputs: given }] = CASES;
    const batch = batchModel(single, given.length);
    const openings = openingsOf(single, given);
    const circuit = await compileCircuit(emitCommittedCircom(batch));
    const { weights, advice } = committedSizes(batch);
    const inputs = committedInputs(batch, batchOpening(openings), BLINDS);
    expect(groupValues(inputs.advice)).to.have.length(advice);
    expect(groupValues(inputs.weights ?? {})).to.have.length(weights);
    expect(weights).to.equal(committedSizes(single).weights);
    requireCommittedInputs(readFileSync(circuit.r1csPath), { weights, advice });
  });

  it("commits to each input and output under the salt of its own", async () => {
    const [{ single, inputs: given }] = CASES;
    const batch = batchModel(single, given.length);
    const openings = openingsOf(single, given);
    for (const { emit, inputs } of SYSTEMS) {
      const circuit = await compileCircuit(emit(batch));
      const honest = inputs(batch, openings);
      for (const signal of ["inputSalt", "outputSalt"]) {
        const salts = honest[signal] as readonly bigint[];
        expect(salts).to.have.length(given.length);
        for (const at of salts.keys()) {
          const changed = { ...honest, [signal]: salts.with(at, 12345n) };
          expect(await isRefused(circuit, changed)).to.be.true;
        }
      }
    }
  });

  it("refuses inferences of another number than the circuit's, and salts of some only", () => {
    const [{ single, inputs: given }] = CASES;
    const batch = batchModel(single, 3);
    const openings = openingsOf(single, given);
    const opening = (of: readonly SingleOpening[]) => batchOpening(of, WEIGHTS_SALT);
    expect(codeOf(() => claimWords(batch, opening(openings.slice(1))))).to.equal("BATCH_COUNT");
    const { input, output } = openings[0]!;
    const unsalted = openings.with(0, { input, output });
    expect(codeOf(() => opening(unsalted))).to.equal("SALT_MISSING");
    const one = { ...opening(openings), inputSalt: 1n };
    expect(codeOf(() => claimWords(batch, one))).to.equal("SALT_MISSING");
    expect(codeOf(() => circuitInputs(batch, { ...one, c: 0n, z: 0n, e: 0n }))).to.equal(
      "SALT_MISSING",
    );
  });

  it("is the circuit of one inference where it is a batch of one", () => {
    const [{ single }] = CASES;
    expect(batchModel(single, 1)).to.equal(single);
  });
});
