import { expect } from "chai";
import { batchModel } from "../../offchain/compiler/batches/batchGraph.ts";
import { circuitInputs } from "../../offchain/compiler/emit/circuitInputs.ts";
import { claimWords } from "../../offchain/compiler/emit/claimWords.ts";
import { constraintEstimate } from "../../offchain/compiler/emit/constraintEstimate.ts";
import { emitCircom } from "../../offchain/compiler/emit/circom.ts";
import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import type { ClaimEncoding } from "../../offchain/compiler/emit/joinEncoding.ts";
import { splitValues } from "../../offchain/compiler/emit/joinEncoding.ts";
import { interpret } from "../../offchain/compiler/interpret.ts";
import { inputsOf } from "../../offchain/compiler/ir/integerGraph.ts";
import { verifyIntegers } from "../../offchain/compiler/ir/verifyIntegers.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { checkedModel } from "../helpers/checkedModel.ts";
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
import { codeOf } from "../helpers/codeOf.ts";
import { graphOf, signed, tensor, unsigned, values } from "../helpers/integerGraph.ts";
import { hashReference, packReference } from "../helpers/packing.ts";
import { everyOperation, mlp, runMlp } from "../helpers/provableModels.ts";

const Z = 0x1234_5678_9abc_def0_1234_5678_9abc_def0n;
const SALTS = { weightsSalt: 11n, inputSalt: 22n, outputSalt: 33n };
const evaluate = (v: readonly bigint[]) =>
  field(v.reduce((sum, it, i) => sum + it * Z ** BigInt(i), 0n));

/** v as docs/statement.md says it. */
function referenceWords(
  { graph, input, output, weights, inferences = 1 }: ProvableModel,
  x: readonly bigint[],
  y: readonly bigint[],
): readonly bigint[] {
  const partOf = (all: readonly bigint[], at: number): readonly bigint[] =>
    all.slice((at * all.length) / inferences, ((at + 1) * all.length) / inferences);
  const parameters = packReference(
    graph.parameters.map((it) => ({ ...it.type, values: it.values })),
  );
  return [
    ...(weights === "private" ? [hashReference(1, [SALTS.weightsSalt, ...parameters])] : []),
    ...Array.from({ length: inferences }, (_, at) => [
      ...tensorWords(2, SALTS.inputSalt, input, partOf(x, at)),
      ...tensorWords(3, SALTS.outputSalt, output, partOf(y, at)),
    ]).flat(),
  ];
}

/** Behind the words of several inferences comes 1 where they are evaluated. */
const ended = ({ inferences = 1 }: ProvableModel, v: readonly bigint[]): readonly bigint[] =>
  inferences === 1 ? v : [...v, 1n];

function tensorWords(
  tag: number,
  salt: bigint,
  encoding: ClaimEncoding,
  elements: readonly bigint[],
): readonly bigint[] {
  if (encoding.mode === "join") {
    const parts = splitValues(encoding.tensors, elements);
    const tensors = encoding.tensors.map(({ type }, i) => ({ ...type, values: parts[i]! }));
    return [hashReference(5, [salt, ...packReference(tensors)])];
  }
  const words = packReference([{ ...encoding, values: elements }]);
  return encoding.mode === "public" ? words : [hashReference(tag, [salt, ...words])];
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
  const e = evaluate(claimed.v === undefined ? v : ended(model, claimed.v));
  const publics = { c: claimed.c ?? c, z: Z, e };
  return circuitInputs(model, { ...opening, ...publics });
}

type Case = {
  readonly name: string;
  readonly model: ProvableModel;
  readonly run: (model: ProvableModel, input: readonly bigint[]) => readonly bigint[];
  readonly inputs: readonly (readonly bigint[])[];
  /** Elsewhere `--O2` leaves more to quadratic constraints than `lyingHints` can solve. */
  readonly isFollowed: boolean;
};

const MLP_INPUTS = [
  [0n, 0n, 0n, 0n, 0n],
  [100n, -200n, 300n, -400n, 500n],
  [2047n, 2047n, 2047n, 2047n, 2047n],
  [-2048n, -2048n, -2048n, -2048n, -2048n],
];

/** A part of a model, between two joins: two tensors come in, two go out, one packed narrower than its type. */
function segment(): ProvableModel {
  const carried = [tensor("c", [2], unsigned(5))];
  const parameters = [values("w", [2, 3], signed(4), [1, -2, 3, -4, 5, -6])];
  const graph = graphOf(
    tensor("in", [3], signed(6)),
    [
      {
        ...{ op: "linear", input: "in", weights: "w", bias: undefined },
        output: tensor("a", [2], signed(12)),
      },
      { op: "multiply", left: "a", right: "c", output: tensor("p", [2], signed(20)) },
    ],
    { carried, parameters },
  );
  return {
    graph,
    input: { mode: "join", tensors: inputsOf(graph) },
    output: { mode: "join", tensors: [tensor("a", [2], signed(11)), graph.output] },
    weights: "private",
  };
}

const CASES: readonly Case[] = [
  {
    ...{ name: "an MLP with public input and output", model: mlp(1), run: runMlp },
    ...{ inputs: MLP_INPUTS, isFollowed: true },
  },
  {
    ...{ name: "an MLP with public weights", model: mlp(1, { weights: "public" }), run: runMlp },
    ...{ inputs: MLP_INPUTS, isFollowed: false },
  },
  {
    ...{ name: "every operation, input and output committed", model: everyOperation(1) },
    run: ({ graph }, x) => interpret(graph, x),
    inputs: [
      [0n, 0n, 0n, 0n, 0n, 0n],
      [10n, -20n, 30n, -31n, 25n, 7n],
      [31n, 31n, -32n, -32n, 31n, -32n],
      [-32n, -32n, -32n, 31n, 31n, 31n],
    ],
    isFollowed: false,
  },
  {
    ...{ name: "a batch of three inferences", model: batchModel(mlp(1), 3), isFollowed: false },
    run: (batch, x) => [0, 5, 10].flatMap((at) => runMlp(batch, x.slice(at, at + 5))),
    inputs: [MLP_INPUTS.slice(0, 3).flat(), MLP_INPUTS.slice(1).flat()],
  },
  {
    ...{ name: "a segment", model: segment() },
    run: ({ graph }, x) => {
      const [w] = graph.parameters.map((it) => it.values);
      const sums = [0, 1].map((o) =>
        x.slice(0, 3).reduce((sum, it, i) => sum + it * w![3 * o + i]!, 0n),
      );
      return [...sums, ...sums.map((it, i) => it * x[3 + i]!)];
    },
    inputs: [
      [0n, 0n, 0n, 0n, 0n],
      [1n, -2n, 3n, 4n, 31n],
      [-32n, 31n, -32n, 31n, 31n],
    ],
    isFollowed: true,
  },
  {
    ...{ name: "products checked at challenges", model: checkedModel() },
    run: ({ graph }, x) => interpret(graph, x),
    inputs: [
      [0n, 0n, 0n, 0n, 0n, 0n],
      [1_000_000n, -2_000_000n, 1_300_000n, -1_100_000n, 250_000n, 70_000n],
      [2097151n, 2097151n, -2097152n, -2097152n, 2097151n, -2097152n],
    ],
    isFollowed: false,
  },
];

/**
 * Wires that the constraints leave free at the first and second input, by the template that holds them: the inverse of a
 * zero, which is multiplied by 0 only.
 */
const HARMLESS = /\.IsZero_[\d_]+(\[\d+\])?\.inverse$/;
const HINTS =
  /Bits_[\d_]+\.out\[|sumBits\[|digitBits\[|digits\[|inverse$|excess$|odd$|Root_\d+\.out$/;

describe("emitCircom", () => {
  for (const { name, model, run, inputs, isFollowed } of CASES) {
    describe(`given ${name}`, () => {
      const compile = () => compileCircuit(emitCircom(model));
      const typical = inputs[1]!;

      it("proves what the integers give, for the words of the statement", async () => {
        verifyIntegers(model.graph);
        const circuit = await compile();
        for (const x of inputs) {
          const y = run(model, x);
          if (model.output.mode !== "join") {
            expect(interpret(model.graph, x)).to.deep.equal(y);
          }
          const { v, c } = claimWords(model, { ...SALTS, input: x, output: y });
          const words = referenceWords(model, x, y);
          expect(v).to.deep.equal(ended(model, words));
          expect(c).to.equal(hashReference(4, words));
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

      for (const end of ["below", "above"] as const) {
        it(`refuses an input ${end} its range in every place`, async () => {
          const circuit = await compile();
          const valid = inputsFor(model, typical, run(model, typical));
          for (const [index, { type }] of inputsOf(model.graph).entries()) {
            const signal = index === 0 ? "x" : `x${index}`;
            const least = type.signed ? -(1n << BigInt(type.bits - 1)) : 0n;
            const wrong = end === "below" ? least - 1n : least + (1n << BigInt(type.bits));
            const elements = valid[signal] as readonly bigint[];
            for (const i of elements.keys()) {
              const changed = { ...valid, [signal]: elements.with(i, field(wrong)) };
              expect(await isRefused(circuit, changed)).to.be.true;
            }
          }
        });
      }

      model.graph.parameters.forEach((changed, index) => {
        const signal = `parameter${index}`;

        it(`refuses another ${changed.id} under the old c, and under its own c against the release's W`, async () => {
          const circuit = await compile();
          const y = run(model, typical);
          const integers = changed.values.with(-1, changed.values.at(-1)! ^ 1n);
          const parameters = model.graph.parameters.with(index, { ...changed, values: integers });
          const other = { ...model, graph: { ...model.graph, parameters } };
          const old = inputsFor(model, typical, y);
          expect(await isRefused(circuit, old)).to.be.false;
          expect(await isRefused(circuit, { ...old, [signal]: integers.map(field) })).to.be.true;

          const v = referenceWords(model, typical, y);
          const otherOutput = run(other, typical);
          expect(await isRefused(circuit, inputsFor(other, typical, otherOutput))).to.be.false;
          const against = [v[0]!, ...referenceWords(other, typical, otherOutput).slice(1)];
          expect(referenceWords(other, typical, otherOutput)[0]).not.to.equal(v[0]);
          const claim = inputsFor(other, typical, otherOutput, { v: against });
          expect(await isRefused(circuit, claim)).to.be.true;
        });

        it(`refuses ${changed.id} out of range`, async () => {
          const circuit = await compile();
          const valid = inputsFor(model, typical, run(model, typical));
          const { bits, signed: isSigned } = changed.type;
          const least = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
          for (const value of [least - 1n, least + (1n << BigInt(bits))]) {
            const integers = changed.values.with(0, value).map(field);
            expect(await isRefused(circuit, { ...valid, [signal]: integers })).to.be.true;
          }
        });
      });

      it("refuses another salt", async () => {
        const circuit = await compile();
        const valid = inputsFor(model, typical, run(model, typical));
        const salts = Object.keys(valid).filter((it) => it.endsWith("Salt"));
        const committed = [model.input.mode, model.output.mode].filter((it) => it !== "public");
        expect(salts).to.have.length(committed.length + (model.weights === "private" ? 1 : 0));
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
        if (!isFollowed) return;
        const witness = await circuit.calculate(inputsFor(model, typical, run(model, typical)));
        const hints = wiresNamed(circuit, HINTS);
        expect(hints).to.have.length.of.at.least(50);
        // Each template's own test tries all of its hints.
        const tried = hints.filter((_, i) => i % Math.ceil(hints.length / 100) === 0);
        for (const wire of lyingHints(circuit, witness, hints, tried)) {
          expect(wire).to.match(HARMLESS);
        }
      }).timeout(240_000);

      it("has the estimated and committed constraint count", async () => {
        const circuit = await compile();
        expect(constraintEstimate(model).total).to.equal(circuit.r1cs.constraints.length);
        expectConstraintCount(`main: ${name}`, circuit);
      });
    });
  }

  it("writes the same text for a retrained and renamed model", () => {
    const [one, other] = [mlp(1), mlp(2, { prefix: "other" })];
    expect(emitCircom(other)).to.equal(emitCircom(one));
    expect(other.graph.parameters[0]!.values).not.to.deep.equal(one.graph.parameters[0]!.values);
    expect(emitCircom(everyOperation(2))).to.equal(emitCircom(everyOperation(1)));
  });

  it("binds public weights by the text: another one for each value", () => {
    const { graph, ...model } = mlp(1, { weights: "public" });
    const text = emitCircom({ graph, ...model });
    expect(text).not.to.match(/weights|parameter/);
    for (const [index, { values: integers, ...constant }] of graph.constants.entries()) {
      const changed = { ...constant, values: integers.with(0, integers[0]! + 1n) };
      const constants = graph.constants.with(index, changed);
      expect(emitCircom({ graph: { ...graph, constants }, ...model })).not.to.equal(text);
    }
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
    const committed = { ...model, input: { ...model.input, mode: "committed" } as ClaimEncoding };
    expect(emitCircom(committed)).not.to.equal(emitCircom(model));
  });

  it("commits to the salt alone where private weights are none", () => {
    const input = tensor("x", [2], signed(4));
    const encoding = {
      mode: "public",
      elements: 2,
      bits: 4,
      signed: true,
      fractionBits: 0,
    } as const;
    const model = { graph: graphOf(input, []), input: encoding, output: encoding } as const;
    const opening = { ...SALTS, input: [1n, 2n], output: [1n, 2n] };
    const { v } = claimWords({ ...model, weights: "private" }, opening);
    expect(v).to.deep.equal([hashReference(1, [11n]), 9n + (10n << 4n), 9n + (10n << 4n)]);
    expect(claimWords({ ...model, weights: "public" }, opening).v).to.deep.equal(v.slice(1));
    expect(emitCircom({ ...model, weights: "private" })).to.include(
      "HashWords(1, 1)([weightsSalt])",
    );
    expect(emitCircom({ ...model, weights: "public" })).not.to.include("weights");
  });

  for (const end of ["input", "output"] as const) {
    for (const [what, change] of [
      ["of another width", { bits: 33 }],
      ["of another sign", { signed: false }],
      ["of another length", { elements: 9 }],
    ] as const) {
      it(`refuses an ${end} that is declared ${what} than the graph's`, () => {
        const model = mlp(1);
        const declared = { ...model, [end]: { ...model[end], ...change } };
        expect(codeOf(() => emitCircom(declared))).to.equal("GRAPH_INVALID");
      });
    }
  }

  it("refuses a join of other tensors than the segment's", () => {
    const model = segment();
    const [first, ...others] = inputsOf(model.graph);
    for (const wrong of [
      ...[[first!], [{ ...first!, type: signed(7) }, ...others], others],
      [first!, ...others, tensor("more", [1], signed(6))],
    ]) {
      const input = { mode: "join", tensors: wrong } as const;
      expect(codeOf(() => emitCircom({ ...model, input }))).to.equal("GRAPH_INVALID");
    }
  });

  it("refuses to leave free what comes in beside a declared input", () => {
    const { graph, weights } = segment();
    const input = { mode: "public", elements: 3, bits: 6, signed: true, fractionBits: 0 } as const;
    const output = { mode: "join", tensors: [graph.output] } as const;
    const alone = graphOf(graph.input, [], {});
    expect(codeOf(() => emitCircom({ graph, input, output, weights }))).to.equal("GRAPH_INVALID");
    const claimed = { mode: "join", tensors: [alone.output] } as const;
    expect(emitCircom({ graph: alone, input, output: claimed, weights })).to.include("template");
  });

  it("refuses a graph that was not verified: a multiplier that may be negative", () => {
    const { graph, ...model } = mlp(1);
    const [rescale] = graph.nodes.flatMap((it) => (it.op === "rescale" ? [it] : []));
    const parameters = graph.parameters.map((it) =>
      it.id === rescale!.multiplier ? { ...it, type: signed(it.type.bits + 1) } : it,
    );
    expect(parameters).not.to.deep.equal(graph.parameters);
    const changed = { ...model, graph: { ...graph, parameters } };
    expect(codeOf(() => emitCircom(changed))).to.equal("GRAPH_INVALID");
  });

  it("refuses public weights that are parameters", () => {
    expect(codeOf(() => emitCircom({ ...mlp(1), weights: "public" }))).to.equal("GRAPH_INVALID");
  });

  it("refuses a graph with an undefined tensor", () => {
    const model = mlp(1);
    const graph = { ...model.graph, parameters: model.graph.parameters.slice(1) };
    expect(codeOf(() => emitCircom({ ...model, graph }))).to.equal("GRAPH_INVALID");
  });
});

describe("constraintEstimate", () => {
  it("counts a layer and its rescale for the layer where they share a template", () => {
    const estimate = constraintEstimate(mlp(1, { sizes: [61, 16, 2] }));
    expect(estimate.total).to.be.below(2 ** 14 - 4);
    expect(estimate.nodes.map((it) => it.name)).to.deep.equal([
      "mlp.a0",
      "mlp.h0",
      "mlp.a1",
      "out",
    ]);
    const [layer, rescale, fused, nothing] = estimate.nodes.map((it) => it.constraints);
    // Outputs share products: one for each input, in tiles, and 25 bits for each sum.
    expect(layer).to.equal(2 * 61 + 16 * 25);
    expect(rescale).to.be.above(16 * 44);
    // 16 products for both outputs, then the multiplier, and the bits of both.
    expect(fused).to.be.within(16 + 1 + 2 * 44, 16 + 1 + 2 * 60);
    expect(nothing).to.equal(0);
  });

  it("counts no constraints for the products of public weights", () => {
    const { nodes, commitments } = constraintEstimate(
      mlp(1, { sizes: [61, 16, 1], weights: "public" }),
    );
    expect(nodes.map((it) => it.constraints > 0)).to.deep.equal([false, true, false, true]);
    expect(commitments.map((it) => it.name)).to.deep.equal(["input", "output", "claim"]);
  });
});

describe("claimWords", () => {
  it("demands a salt for what is committed", () => {
    const model = everyOperation(1);
    const [input, output] = [Array<bigint>(6).fill(0n), Array<bigint>(16).fill(0n)];
    const { weightsSalt, inputSalt, outputSalt } = SALTS;
    for (const salts of [
      { inputSalt, outputSalt },
      { weightsSalt, outputSalt },
      { weightsSalt, inputSalt },
    ]) {
      const opening = { ...salts, input, output };
      expect(codeOf(() => claimWords(model, opening))).to.equal("SALT_MISSING");
      const assignment = { ...opening, c: 0n, z: 0n, e: 0n };
      expect(codeOf(() => circuitInputs(model, assignment))).to.equal("SALT_MISSING");
    }
  });
});
