import { expect } from "chai";
import { weightsCommitment } from "@vouch/protocol";
import {
  challengedInputs,
  groupValues,
} from "../../offchain/compiler/emit/committed/committedInputs.ts";
import {
  emitWeightsCircom,
  weightsConstraints,
  weightsInputs,
} from "../../offchain/compiler/emit/committed/weightsCircuit.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { CHALLENGES, forged, movedInputs } from "../helpers/committedCircuit.ts";
import { compileCircuit, field, freeNames, isRefused } from "../helpers/circuit.ts";
import type { CircuitInputs } from "../helpers/circuit.ts";
import { codeOf } from "../helpers/codeOf.ts";
import { signed, unsigned, values } from "../helpers/integerGraph.ts";

const SALT = 4242n;
const BLINDS = { weights: 5n, advice: 6n };
const [FIRST] = CHALLENGES;

/** Enough of them that a table pays. */
const PARAMETERS = [
  values("w", [40], signed(4), [-8, 7, ...Array.from({ length: 38 }, (_, i) => (i % 16) - 8)]),
  values("b", [2], signed(10), [-512, 511]),
  values("m", [1], unsigned(6), [63]),
];
const TYPES = PARAMETERS.map((it) => ({ ...it.type, elements: it.values.length }));

const commit = (parameters = PARAMETERS): bigint =>
  weightsCommitment(
    SALT,
    parameters.map((it) => ({ ...it.type, values: it.values })),
  );

function inputsOf(challenge = FIRST!, W = commit()): CircuitInputs {
  const { z, b } = challenge;
  return challengedInputs(weightsInputs(PARAMETERS, SALT, BLINDS), { z, b, W });
}

describe("emitWeightsCircom", function () {
  this.timeout(60_000);
  const compile = () => compileCircuit(emitWeightsCircom(TYPES));

  it("proves the commitment of docs/statement.md, at any challenge", async () => {
    const circuit = await compile();
    for (const challenge of CHALLENGES) {
      const witness = await circuit.calculate(inputsOf(challenge));
      expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
      expect(await isRefused(circuit, inputsOf(challenge, commit() + 1n))).to.be.true;
    }
  });

  it("costs what the estimate says, every committed value in its place and no wire free", async () => {
    const circuit = await compile();
    expect(circuit.r1cs.constraints.length).to.equal(weightsConstraints(TYPES));
    const committed = weightsInputs(PARAMETERS, SALT, BLINDS);
    expect(movedInputs(circuit, committed)).to.deep.equal([]);
    expect(groupValues(committed.weights ?? {})).to.have.length(44);
    const witness = await circuit.calculate(inputsOf());
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("refuses weights outside their types that make the same words", async () => {
    const circuit = await compile();
    // 8 is one more than a signed element of 4 bits holds: with the next one less, the word is that of -8 and the next.
    const inputs = inputsOf();
    const lie = forged(
      forged(inputs, "parameter0", 0, () => 8n),
      "parameter0",
      1,
      (it) => it - 1n,
    );
    for (const row of [0, 7, 15]) {
      expect(await isRefused(circuit, lie)).to.be.true;
      const table = Object.keys(inputs).find((it) => it.startsWith("range"));
      const moved = forged(lie, table ?? "", row);
      expect(await isRefused(circuit, moved)).to.be.true;
    }
  });

  it("refuses other weights, another salt, and forged limbs and multiplicities", async () => {
    const circuit = await compile();
    const { weights, advice } = weightsInputs(PARAMETERS, SALT, BLINDS);
    for (const signal of Object.keys({ ...weights, ...advice })) {
      if (signal.endsWith("Blind")) continue;
      expect(await isRefused(circuit, forged(inputsOf(), signal, 0)), signal).to.be.true;
    }
  });

  it("takes any blinds", async () => {
    const blinded = { ...inputsOf(), weightsBlind: [field(-1n)], adviceBlind: [0n] };
    expect(await isRefused(await compile(), blinded)).to.be.false;
  });

  it("has no text of values, and needs a blind and values of their types", () => {
    expect(codeOf(() => weightsInputs(PARAMETERS, SALT, { advice: 1n }))).to.equal("SALT_MISSING");
    const wide = [{ ...PARAMETERS[2]!, values: [64n] }];
    expect(codeOf(() => weightsInputs(wide, SALT, BLINDS))).to.equal("GRAPH_INVALID");
  });
});
