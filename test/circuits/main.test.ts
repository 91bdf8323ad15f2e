import { expect } from "chai";
import { circuitInputs } from "../../offchain/compiler/emit/circuitInputs.ts";
import { claimWords } from "../../offchain/compiler/emit/claimWords.ts";
import { constraintEstimate } from "../../offchain/compiler/emit/constraintEstimate.ts";
import { emitCircom } from "../../offchain/compiler/emit/circom.ts";
import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import type {
  IntegerGraph,
  IntegerType,
  Parameter,
  Tensor,
} from "../../offchain/compiler/ir/integerGraph.ts";
import { interpret } from "../../offchain/compiler/interpret.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  loneChanges,
  lyingHints,
  wiresNamed,
} from "../helpers/circuit.ts";
import { hashReference, packReference } from "../helpers/packing.ts";
import { rescaleReference } from "../helpers/rescale.ts";

const I8 = { bits: 8, signed: true };
const U8 = { bits: 8, signed: false };
const I12 = { bits: 12, signed: true };
const I32 = { bits: 32, signed: true };
const I34 = { bits: 34, signed: true };
const U20 = { bits: 20, signed: false };

const tensor = (id: string, shape: readonly number[], type: IntegerType): Tensor => ({
  id,
  shape,
  type,
});

/** Values spread over the type by a linear congruence, `seed` apart. */
function parameter(
  id: string,
  shape: readonly number[],
  type: IntegerType,
  seed: number,
): Parameter {
  const elements = shape.reduce((product, it) => product * it, 1);
  const values = Array.from({ length: elements }, (_, i) => {
    const digit = (BigInt(i + 1 + seed) * 2654435761n) % (1n << BigInt(type.bits));
    return type.signed ? digit - (1n << BigInt(type.bits - 1)) : digit;
  });
  return { id, shape, type, values };
}

type Sizes = readonly [inputs: number, hidden: number, outputs: number];

/** Fused ReLU, one multiplier for each channel of the hidden layer; input and output public. */
function mlp(seed: number, names = "mlp", [n, h, o]: Sizes = [5, 3, 2]): ProvableModel {
  const graph: IntegerGraph = {
    name: names,
    input: tensor("in", [1, n], I12),
    output: tensor("out", [1, o], I32),
    parameters: [
      parameter("w0", [h, n], I8, seed),
      parameter("b0", [h], I32, seed),
      parameter("m0", [h], U20, seed),
      parameter("w1", [o, h], I8, seed),
      parameter("b1", [o], I32, seed),
      { ...parameter("m1", [1], U20, seed), values: [4000n + BigInt(seed)] },
    ],
    nodes: [
      {
        ...{ op: "linear", name: `${names}.0`, input: "in", weights: "w0", bias: "b0" },
        output: tensor("a0", [1, h], I34),
      },
      {
        ...{ op: "rescale", name: `${names}.1`, input: "a0", multiplier: "m0", shift: 44 },
        ...{ relu: true, output: tensor("h0", [1, h], U8) },
      },
      {
        ...{ op: "linear", name: `${names}.2`, input: "h0", weights: "w1", bias: "b1" },
        output: tensor("a1", [1, o], I34),
      },
      {
        ...{ op: "rescale", name: `${names}.3`, input: "a1", multiplier: "m1", shift: 12 },
        ...{ relu: false, output: tensor("out", [1, o], I32) },
      },
    ],
  };
  const encoding = { mode: "public", signed: true, fractionBits: 6 } as const;
  return {
    graph,
    input: { ...encoding, elements: n, bits: 12 },
    output: { ...encoding, elements: o, bits: 32 },
  };
}

/** Every other node: reshape, product without bias, exact ReLU, combination, rescale by 1; all committed. */
function residual(): ProvableModel {
  const graph: IntegerGraph = {
    name: "residual",
    input: tensor("in", [2, 2], I12),
    output: tensor("out", [1, 4], I8),
    parameters: [
      parameter("w", [2, 2], I8, 5),
      parameter("m0", [1], U8, 6),
      parameter("m1", [1], U8, 7),
    ],
    nodes: [
      {
        ...{ op: "linear", name: "product", input: "in", weights: "w", bias: undefined },
        output: tensor("a", [2, 2], { bits: 21, signed: true }),
      },
      {
        op: "relu",
        name: "relu",
        input: "a",
        output: tensor("r", [2, 2], { bits: 20, signed: false }),
      },
      {
        op: "reshape",
        name: "flat",
        input: "r",
        output: tensor("f", [1, 4], { bits: 20, signed: false }),
      },
      { op: "reshape", name: "skip", input: "in", output: tensor("s", [1, 4], I12) },
      {
        ...{ op: "combine", name: "sum", inputs: ["f", "s"], multipliers: ["m0", "m1"] },
        output: tensor("c", [1, 4], { bits: 30, signed: true }),
      },
      {
        ...{ op: "rescale", name: "out", input: "c", multiplier: undefined, shift: 21 },
        ...{ relu: false, output: tensor("out", [1, 4], I8) },
      },
    ],
  };
  const encoding = { mode: "committed", elements: 4, signed: true, fractionBits: 0 } as const;
  return { graph, input: { ...encoding, bits: 12 }, output: { ...encoding, bits: 8 } };
}

const product = (weights: readonly bigint[], input: readonly bigint[], bias?: readonly bigint[]) =>
  Array.from({ length: weights.length / input.length }, (_, o) =>
    input.reduce((sum, it, i) => sum + it * weights[o * input.length + i]!, bias?.[o] ?? 0n),
  );

/** The models once more, without the graph. */
function runMlp(model: ProvableModel, input: readonly bigint[]): readonly bigint[] {
  const [w0, b0, m0, w1, b1, m1] = model.graph.parameters.map((it) => it.values);
  const hidden = product(w0!, input, b0).map((it, i) =>
    rescaleReference(it, m0![i]!, 44, 8, false),
  );
  return product(w1!, hidden, b1).map((it) => rescaleReference(it, m1![0]!, 12, 32, true));
}

function runResidual(model: ProvableModel, input: readonly bigint[]): readonly bigint[] {
  const [w, m0, m1] = model.graph.parameters.map((it) => it.values);
  const rows = [input.slice(0, 2), input.slice(2)].flatMap((row) => product(w!, row));
  return rows.map((it, i) =>
    rescaleReference((it > 0n ? it : 0n) * m0![0]! + input[i]! * m1![0]!, 1n, 21, 8, true),
  );
}

const Z = 0x1234_5678_9abc_def0_1234_5678_9abc_def0n;
const SALTS = { weightsSalt: 11n, inputSalt: 22n, outputSalt: 33n };
const evaluate = (v: readonly bigint[]) =>
  field(v.reduce((sum, it, i) => sum + it * Z ** BigInt(i), 0n));

/** v as docs/statement.md says it. */
function referenceWords(
  { graph, input, output }: ProvableModel,
  x: readonly bigint[],
  y: readonly bigint[],
): readonly bigint[] {
  const weights = packReference(graph.parameters.map((it) => ({ ...it.type, values: it.values })));
  const xWords = packReference([{ ...input, values: x }]);
  const yWords = packReference([{ ...output, values: y }]);
  return [
    hashReference(1, [SALTS.weightsSalt, ...weights]),
    ...(input.mode === "public" ? xWords : [hashReference(2, [SALTS.inputSalt, ...xWords])]),
    ...(output.mode === "public" ? yWords : [hashReference(3, [SALTS.outputSalt, ...yWords])]),
  ];
}

/** Circuit inputs for a claim; `v`, where given, is what the verifier evaluates instead of the true words. */
function inputsFor(
  model: ProvableModel,
  x: readonly bigint[],
  y: readonly bigint[],
  claimed: { readonly c?: bigint; readonly v?: readonly bigint[] } = {},
) {
  const opening = { ...SALTS, input: x, output: y };
  const { v, c } = claimWords(model, opening);
  const publics = { c: claimed.c ?? c, z: Z, e: evaluate(claimed.v ?? v) };
  return circuitInputs(model, { ...opening, ...publics });
}

const CASES = [
  {
    ...{ name: "an MLP with public input and output", model: mlp(1), run: runMlp },
    inputs: [
      [0n, 0n, 0n, 0n, 0n],
      [100n, -200n, 300n, -400n, 500n],
      [2047n, 2047n, 2047n, 2047n, 2047n],
      [-2048n, -2048n, -2048n, -2048n, -2048n],
    ],
  },
  {
    ...{ name: "a residual block with committed input and output", model: residual() },
    run: runResidual,
    inputs: [
      [0n, 0n, 0n, 0n],
      [100n, -200n, 300n, -400n],
      [-2048n, 2047n, -2048n, 2047n],
    ],
  },
];

/**
 * Wires that the constraints leave free at the first and second input, by the template that holds them.
 *
 * | wire | why it is harmless |
 * |---|---|
 * | `RescaleTensor…IsZero.inverse` | the rescaled value does not overflow upwards, so all high bits are 0 and the inverse is multiplied by 0 only |
 */
const HARMLESS = /^main\.RescaleTensor_\d+_\d+\.Rescale_[\d_]+\[\d+\]\.IsZero_[\d_]+\.inverse$/;
const HINTS = /Bits_[\d_]+\.out\[|sumBits\[|digitBits\[|inverse$/;

describe("emitCircom", () => {
  for (const { name, model, run, inputs } of CASES) {
    describe(`given ${name}`, () => {
      const compile = () => compileCircuit(emitCircom(model));
      const typical = inputs[1]!;

      it("proves what the integers give, for the words of the statement", async () => {
        const circuit = await compile();
        for (const x of inputs) {
          const y = run(model, x);
          expect(interpret(model.graph, x)).to.deep.equal(y);
          const { v, c } = claimWords(model, { ...SALTS, input: x, output: y });
          expect(v).to.deep.equal(referenceWords(model, x, y));
          expect(c).to.equal(hashReference(4, v));
          const witness = await circuit.calculate(inputsFor(model, x, y));
          expect(witness.slice(1, 4)).to.deep.equal([c, Z, evaluate(v)]);
          expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
        }
      });

      it("has three public signals and no output", async () => {
        const { r1cs, wireOf } = await compile();
        expect([r1cs.publicOutputs, r1cs.publicInputs]).to.deep.equal([0, 3]);
        expect(["main.c", "main.z", "main.e"].map(wireOf)).to.deep.equal([1, 2, 3]);
      });

      it("refuses every other output", async () => {
        const circuit = await compile();
        const y = run(model, typical);
        for (const i of y.keys()) {
          for (const change of [1n, -1n]) {
            const claim = inputsFor(model, typical, y.with(i, y[i]! + change));
            expect(await isRefused(circuit, claim)).to.be.true;
          }
        }
      });

      it("refuses an output solved from the linear equation", async () => {
        const circuit = await compile();
        const y = run(model, typical);
        const v = referenceWords(model, typical, y);
        // Another last word, made good in the one before: the same e, but another c.
        const forged = v.with(-1, field(v.at(-1)! + 1n)).with(-2, field(v.at(-2)! - Z));
        expect(evaluate(forged)).to.equal(evaluate(v));
        const claim = inputsFor(model, typical, y, { c: hashReference(4, forged), v: forged });
        expect(await isRefused(circuit, claim)).to.be.true;
      });

      for (const value of [-1n, 1n]) {
        it(`refuses an input ${value < 0n ? "below" : "above"} its range in every place`, async () => {
          const circuit = await compile();
          const valid = inputsFor(model, typical, run(model, typical));
          for (const i of typical.keys()) {
            const x = typical.map(field).with(i, field(value < 0n ? -2049n : 2048n));
            expect(await isRefused(circuit, { ...valid, x })).to.be.true;
          }
        });
      }

      model.graph.parameters.forEach((changed, index) => {
        const signal = `parameter${index}`;

        it(`refuses another ${changed.id} under the old c, and under its own c against the release's W`, async () => {
          const circuit = await compile();
          const y = run(model, typical);
          const values = changed.values.with(-1, changed.values.at(-1)! ^ 1n);
          const parameters = model.graph.parameters.with(index, { ...changed, values });
          const other = { ...model, graph: { ...model.graph, parameters } };
          const old = inputsFor(model, typical, y);
          expect(await isRefused(circuit, old)).to.be.false;
          expect(await isRefused(circuit, { ...old, [signal]: values.map(field) })).to.be.true;

          const v = referenceWords(model, typical, y);
          const otherOutput = run(other, typical);
          expect(await isRefused(circuit, inputsFor(other, typical, otherOutput))).to.be.false;
          const against = [v[0]!, ...referenceWords(other, typical, otherOutput).slice(1)];
          const claim = inputsFor(other, typical, otherOutput, { v: against });
          expect(await isRefused(circuit, claim)).to.be.true;
        });

        it(`refuses ${changed.id} out of range`, async () => {
          const circuit = await compile();
          const valid = inputsFor(model, typical, run(model, typical));
          const { bits, signed } = changed.type;
          const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
          for (const value of [least - 1n, least + (1n << BigInt(bits))]) {
            const values = changed.values.with(0, value).map(field);
            expect(await isRefused(circuit, { ...valid, [signal]: values })).to.be.true;
          }
        });
      });

      it("refuses another salt", async () => {
        const circuit = await compile();
        const valid = inputsFor(model, typical, run(model, typical));
        const salts = Object.keys(valid).filter((it) => it.endsWith("Salt"));
        expect(salts).to.have.length(model.input.mode === "public" ? 1 : 3);
        for (const salt of salts) {
          expect(await isRefused(circuit, { ...valid, [salt]: 12345n })).to.be.true;
        }
      });

      it("rejects every tampered wire and hint, and leaves free only what the table explains", async () => {
        const circuit = await compile();
        for (const x of inputs.slice(0, 2)) {
          const witness = await circuit.calculate(inputsFor(model, x, run(model, x)));
          const free = freeNames(circuit, witness);
          for (const wire of free) expect(wire).to.match(HARMLESS);
          expect(loneChanges(circuit, witness)).to.have.members([...free]);
        }
        const witness = await circuit.calculate(inputsFor(model, typical, run(model, typical)));
        const hints = wiresNamed(circuit, HINTS);
        expect(hints).to.have.length.of.at.least(100);
        const lying = lyingHints(circuit, witness, hints);
        for (const wire of lying) expect(wire).to.match(HARMLESS);
      });

      it("has the estimated and committed constraint count", async () => {
        const circuit = await compile();
        expect(constraintEstimate(model).total).to.equal(circuit.r1cs.constraints.length);
        expectConstraintCount(`main: ${name}`, circuit);
      });
    });
  }

  it("writes the same text for a retrained and renamed model", () => {
    expect(emitCircom(mlp(2, "other"))).to.equal(emitCircom(mlp(1)));
    expect(mlp(2).graph.parameters[0]!.values).not.to.deep.equal(
      mlp(1).graph.parameters[0]!.values,
    );
  });

  it("uses the challenge for the claim and for nothing else", () => {
    const uses = emitCircom(mlp(1))
      .split("\n")
      .filter((line) => /\bz\b/.test(line));
    expect(uses.map((line) => line.trim())).to.deep.equal([
      "signal input z;",
      "Claim(3)(v, c, z, e);",
      "component main {public [c, z, e]} = Model();",
    ]);
  });

  it("writes another text for another mode", () => {
    const model = mlp(1);
    const committed = { ...model, input: { ...model.input, mode: "committed" as const } };
    expect(emitCircom(committed)).not.to.equal(emitCircom(model));
  });
});

describe("constraintEstimate", () => {
  it("keeps an MLP of 61 → 16 → 1 within a set-up of 2^14", () => {
    const estimate = constraintEstimate(mlp(1, "mlp", [61, 16, 1]));
    expect(estimate.total).to.be.below(2 ** 14 - 4);
    expect(estimate.nodes.map((it) => it.name)).to.deep.equal(["mlp.0", "mlp.1", "mlp.2", "mlp.3"]);
    // The outputs are in two groups; each has one product for each input, and 25 bits for each sum.
    expect(estimate.nodes.map((it) => it.constraints)[0]).to.equal(2 * 61 + 16 * 25);
  });

  it("refuses to combine by more than one multiplier a tensor", () => {
    const model = residual();
    const parameters = model.graph.parameters.with(1, parameter("m0", [4], U8, 6));
    expect(() => constraintEstimate({ ...model, graph: { ...model.graph, parameters } }))
      .to.throw()
      .with.property("code", "GRAPH_INVALID");
  });

  for (const tensor of ["input", "output"] as const) {
    for (const [what, change] of [
      ["of another width", { bits: 33 }],
      ["of another sign", { signed: false }],
      ["of another length", { elements: 9 }],
    ] as const) {
      it(`refuses an ${tensor} that is declared ${what} than the graph's`, () => {
        const model = mlp(1);
        const declared = { ...model, [tensor]: { ...model[tensor], ...change } };
        expect(() => emitCircom(declared))
          .to.throw()
          .with.property("code", "GRAPH_INVALID");
      });
    }
  }

  it("refuses a graph with an undefined tensor", () => {
    const model = mlp(1);
    const graph = { ...model.graph, parameters: model.graph.parameters.slice(1) };
    expect(() => constraintEstimate({ ...model, graph }))
      .to.throw()
      .with.property("code", "GRAPH_INVALID");
  });
});

describe("claimWords", () => {
  it("demands a salt for a committed tensor", () => {
    const opening = { weightsSalt: 1n, input: [0n, 0n, 0n, 0n], output: [0n, 0n, 0n, 0n] };
    expect(() => claimWords(residual(), opening))
      .to.throw()
      .with.property("code", "SALT_MISSING");
  });
});
