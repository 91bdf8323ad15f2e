import {
  challengedInputs,
  circuitInputs,
  claimWords,
  committedInputs,
  committedWords,
  emitCircom,
  emitCommittedCircom,
  interpret,
} from "@vouch/compiler";
import type { ProvableModel } from "@vouch/compiler";
import { evaluateWords } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  obtainWitness,
  passedTapes,
  terminate,
} from "@vouch/prover";
import type { CircuitInputs } from "@vouch/prover";
import { inputRows, openHome, readModelFolder } from "@vouch/publisher";
import { expect } from "chai";
import { compileExample } from "../../../bench/models/compileExample.ts";
import { MODELS } from "../../../bench/models/examples.ts";
import { randomIntegerGraph, someInputs } from "../../helpers/randomIntegerGraph.ts";
import { builtNative } from "../native/builtNative.ts";

const isDeep = process.env["VOUCH_DEEP"] === "1";
/** Compiling their circuits takes minutes. */
const EXAMPLES = [
  ...["credit-default-gbdt", "credit-default-mlp", "credit-german-mlp", "credit-german-tree"],
  ...["contract-clause-mlp", "heart-forest", "mnist-cnn", "mnist-cnn-tiny", "mnist-mlp"],
  ...["mnist-mlp-14x14", "sms-spam-mlp", "triage-wdbc-mlp", "vol-brent-mlp", "vol-eth-lstm"],
  "vol-eth-mlp",
];
const SEEDS = isDeep ? Array.from({ length: 24 }, (_, i) => i) : [];
const ROWS = 3;

const Z = 5n ** 100n;
const SALTS = { weightsSalt: 1n, inputSalt: 2n, outputSalt: 3n };

if (!isDeep)
  process.stderr.write(
    "NOT TRIED: witnesses of the example models and of drawn graphs (VOUCH_DEEP=1).\n",
  );

describe("witnesses of models", function () {
  this.timeout(3_600_000);
  const { cache } = openHome(".vouch");

  before(async () => {
    await builtNative();
  });
  after(terminate);

  /** Fails unless both ways make the same bytes; where the constraints do not determine the witness, says so. */
  const compare = async (
    name: string,
    source: string,
    inputs: readonly CircuitInputs[],
  ): Promise<void> => {
    const circuit = await buildCircuit(source, { cache });
    for (const it of inputs) {
      const made = await obtainWitness(circuit, it);
      expect(Buffer.compare(made, await calculateWitness(circuit.wasm, it))).to.equal(0);
    }
    const passed = passedTapes().find(({ r1cs }) => r1cs === circuit.r1cs);
    expect(passed?.why).to.not.equal("failed");
    if (passed !== undefined)
      process.stderr.write(`by the calculator: ${name}, ${String(passed.error)}\n`);
  };

  const compareBoth = async (
    name: string,
    model: ProvableModel,
    rows: readonly (readonly bigint[])[],
  ): Promise<void> => {
    const openings = rows.map((input) => ({
      ...SALTS,
      input,
      output: interpret(model.graph, input),
    }));
    const plain = openings.map((it) => {
      const { v, c } = claimWords(model, it);
      return circuitInputs(model, { ...it, c, z: Z, e: evaluateWords(v, Z) });
    });
    await compare(`${name}, plain`, emitCircom(model), plain);
    const committed = openings.map((it) => {
      const e = evaluateWords(committedWords(model, it), Z);
      const inputs = committedInputs(model, it, { weights: 4n, advice: 5n });
      return challengedInputs(inputs, { z: Z, b: Z + 1n, e });
    });
    await compare(`${name}, committed`, emitCommittedCircom(model), committed);
  };

  for (const name of isDeep ? EXAMPLES : []) {
    it(`are the reference's: ${name}`, async () => {
      const model = compileExample(name);
      const scale = 2 ** model.input.fractionBits;
      const rows = inputRows(readModelFolder(MODELS, name)).slice(0, ROWS);
      const inputs = rows.map(({ x }) => Array.from(x, (it) => BigInt(Math.round(it * scale))));
      await compareBoth(name, model, inputs);
    });
  }

  for (const seed of SEEDS) {
    it(`are the reference's: drawn graph ${seed}`, async () => {
      const weights = seed % 2 === 0 ? "public" : "private";
      const model = randomIntegerGraph({ seed, steps: 6, maxBits: 8, mode: "public", weights });
      await compareBoth(`drawn graph ${seed}`, model, someInputs(model.graph, seed, 2));
    });
  }
});
