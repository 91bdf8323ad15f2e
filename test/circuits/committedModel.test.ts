import { expect } from "chai";
import { committedEstimate } from "../../offchain/compiler/emit/committed/committedEstimate.ts";
import {
  challengedInputs,
  groupValues,
} from "../../offchain/compiler/emit/committed/committedInputs.ts";
import { committedSizes } from "../../offchain/compiler/emit/committed/committedSizes.ts";
import { emitCommittedCircom } from "../../offchain/compiler/emit/committed/emitCommittedCircom.ts";
import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import { interpret, interpretAll } from "../../offchain/compiler/interpret.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { compileExample } from "../../bench/models/compileExample.ts";
import {
  CHALLENGES,
  circuitInputsOf,
  convolution,
  forged,
  honestInputs,
  image,
  movedInputs,
  segment,
} from "../helpers/committedCircuit.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
} from "../helpers/circuit.ts";
import type { CircuitInputs } from "../helpers/circuit.ts";
import { graphOf, signed, tensor, unsigned, values } from "../helpers/integerGraph.ts";
import { everyOperation, mlp } from "../helpers/provableModels.ts";
import { INTEGER_OPS, randomIntegerGraph, someInputs } from "../helpers/randomIntegerGraph.ts";

const isDeep = process.env["VOUCH_DEEP"] === "1";
const [FIRST, SECOND] = CHALLENGES as [(typeof CHALLENGES)[0], (typeof CHALLENGES)[0]];

type Case = { readonly name: string; readonly model: ProvableModel; readonly inputs: bigint[][] };

const CASES: readonly Case[] = [
  {
    ...{ name: "a convolution, a maximum and a layer", model: convolution() },
    inputs: [image(1), image(2).map(() => 63n), image(3).map(() => 0n)],
  },
  {
    ...{ name: "every operation, input and output committed", model: everyOperation(1) },
    inputs: someInputs(everyOperation(1).graph, 3, 1),
  },
  ...(isDeep
    ? [
        { name: "an MLP with a multiplier a channel", model: mlp(1), inputs: mlpInputs() },
        {
          ...{ name: "an MLP with public weights", model: mlp(1, { weights: "public" }) },
          inputs: mlpInputs(),
        },
        ...Array.from({ length: 40 }, (_, seed): Case => {
          const model = drawn(seed);
          return { name: `seed ${seed}`, model, inputs: someInputs(model.graph, seed, 2) };
        }),
      ]
    : []),
];

function mlpInputs(): bigint[][] {
  return [
    [100n, -200n, 300n, -400n, 500n],
    [2047n, 2047n, 2047n, 2047n, 2047n],
    [-2048n, -2048n, -2048n, -2048n, -2048n],
  ];
}

function drawn(seed: number): ProvableModel {
  return randomIntegerGraph({
    ...{ seed, steps: 7, maxBits: 8, mode: seed % 4 === 1 ? "committed" : "public" },
    weights: seed % 2 === 0 ? "public" : "private",
  });
}

describe("emitCommittedCircom", function () {
  this.timeout(isDeep ? 1_200_000 : 120_000);

  for (const { name, model, inputs } of CASES) {
    describe(`given ${name}`, () => {
      it("equals the interpreter at any challenge, and refuses another output", async () => {
        const circuit = await compileCircuit(emitCommittedCircom(model));
        for (const [at, x] of inputs.entries()) {
          const challenge = CHALLENGES[at % 2]!; // there are two
          const witness = await circuit.calculate(circuitInputsOf(model, x, challenge));
          expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
          const y = interpret(model.graph, x);
          const { bits, signed } = model.graph.output.type;
          const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
          const beside = y.with(-1, y.at(-1) === most ? most - 1n : y.at(-1)! + 1n);
          const lie = circuitInputsOf(model, x, challenge, beside);
          expect(await isRefused(circuit, lie)).to.be.true;
        }
      });

      it("has as many constraints as the estimate says", async () => {
        const circuit = await compileCircuit(emitCommittedCircom(model));
        const { nodes, commitments, total } = committedEstimate(model);
        const parts = [...nodes, ...commitments].map((it) => it.constraints);
        expect(parts.reduce((sum, it) => sum + it, 0)).to.equal(total);
        // Where values of drawn graphs are known by chance, there are a few less.
        const count = circuit.r1cs.constraints.length;
        expect(total).to.be.within(count, name.startsWith("seed") ? count * 1.02 + 2 : count);
      });

      it("has each committed value on the wire of its place, after three public signals", async () => {
        const circuit = await compileCircuit(emitCommittedCircom(model));
        const { committed } = honestInputs(model, inputs[0]!, FIRST);
        const { weights, advice } = committedSizes(model);
        expect(groupValues(committed.advice)).to.have.length(advice);
        expect(groupValues(committed.weights ?? {})).to.have.length(weights);
        if (!isUnread(name)) expect(movedInputs(circuit, committed)).to.deep.equal([]);
      });
    });
  }

  describe("given a convolution, a maximum and a layer", () => {
    const model = convolution();
    const honest = (challenge = FIRST): CircuitInputs =>
      circuitInputsOf(model, image(1), challenge);
    const refuses = async (inputs: CircuitInputs): Promise<boolean> =>
      isRefused(await compileCircuit(emitCommittedCircom(model)), inputs);

    it("says nothing of the weights' values", () => {
      expect(emitCommittedCircom(convolution(2))).to.equal(emitCommittedCircom(model));
    });

    it("commits to the same whatever the challenge", () => {
      const [one, other] = CHALLENGES.map((it) => honestInputs(model, image(1), it));
      expect(one!.committed).to.deep.equal(other!.committed);
      expect(one!.publics.e).to.not.equal(other!.publics.e);
    });

    it("refuses every signal of the advice and every parameter with an element changed", async () => {
      const { committed } = honestInputs(model, image(1), FIRST);
      for (const [signal, values] of Object.entries({
        ...committed.weights,
        ...committed.advice,
      })) {
        if (signal.endsWith("Blind")) continue;
        const index = Math.floor(values.length / 2);
        for (const change of [(it: bigint) => it + 1n, (it: bigint) => it - 1n]) {
          const lie = forged(honest(), signal, index, change);
          expect(await refuses(lie), `${signal}[${index}]`).to.be.true;
        }
      }
    });

    it("refuses an activation off by one with its remainder and multiplicities made to fit", async () => {
      for (const challenge of [FIRST, SECOND]) {
        const inputs = honest(challenge);
        const values = inputs["node1Value"] as bigint[];
        const at = values.findIndex((it) => it > 0n && it < 62n);
        const raised = forged(inputs, "node1Value", at);
        const [from, to] = [Number(values[at]), Number(values[at]) + 1];
        const recounted = forged(
          forged(raised, "range6", from, (it) => it - 1n),
          "range6",
          to,
        );
        expect(await refuses(recounted)).to.be.true;
        // The remainder that would make up for it is 2^shift less, no remainder at all.
        expect(await refuses(forged(recounted, "node1Low", at, (it) => it - 512n))).to.be.true;
      }
    });

    it("refuses a maximum that is another element, or above all", async () => {
      const inputs = honest();
      const top = inputs["node3Value"] as bigint[];
      const channel = top.findIndex((it) => it > 0n);
      for (const change of [(it: bigint) => it + 1n, () => 0n]) {
        expect(await refuses(forged(inputs, "node3Value", channel, change))).to.be.true;
      }
    });

    it("refuses another input under the same words", async () => {
      // One more in an element and 2^6 less in the one before it are the same word.
      const inputs = honest();
      const other = forged(
        forged(inputs, "x", 4, (it) => it - 64n),
        "x",
        5,
      );
      expect(await refuses(other)).to.be.true;
    });

    it("takes any blind, and has a constraint for each", async () => {
      const inputs = { ...honest(), weightsBlind: [field(-5n)], adviceBlind: [0n] };
      expect(await refuses(inputs)).to.be.false;
      const { r1cs, wireOf } = await compileCircuit(emitCommittedCircom(model));
      for (const blind of ["main.weightsBlind", "main.adviceBlind"].map(wireOf)) {
        const uses = r1cs.constraints.filter(({ a, b, c }) =>
          [...a, ...b, ...c].some(([wire]) => wire === blind),
        );
        expect(uses).to.have.length(1);
      }
    });

    it("leaves no wire free behind the committed ones", async () => {
      const circuit = await compileCircuit(emitCommittedCircom(model));
      const witness = await circuit.calculate(honest());
      expect(freeNames(circuit, witness)).to.deep.equal([]);
    });
  });

  describe("given a part of a model between two cuts", () => {
    const model = segment();
    const outputsOf = (x: readonly bigint[]): bigint[] => {
      const tensors = interpretAll(model.graph, x);
      return [...tensors.get("r")!, ...tensors.get("p")!]; // both are of the graph
    };

    it("claims both joins' commitments, and refuses what is wider than the cut has it", async () => {
      const circuit = await compileCircuit(emitCommittedCircom(model));
      expect(committedEstimate(model).total).to.equal(circuit.r1cs.constraints.length);
      const x = [1n, 2n, 3n, 4n, 31n];
      const inputs = circuitInputsOf(model, x, FIRST, outputsOf(x));
      expect(await isRefused(circuit, inputs)).to.be.false;
      const other = circuitInputsOf(model, x, FIRST, outputsOf(x).with(2, 0n));
      expect(await isRefused(circuit, other)).to.be.true;
      // 9/8 of the first sum is 32 or more: six signed bits hold 31.
      const wide = [-29n, 14n, 31n, 0n, 0n];
      expect(outputsOf(wide)[0]! > 31n).to.be.true;
      const cut = circuitInputsOf(model, wide, FIRST, outputsOf(wide).with(0, 31n));
      expect(await isRefused(circuit, cut)).to.be.true;
    });
  });

  for (const { name, indices, multipliers } of [
    { name: "that no view shows", indices: [3, -1], multipliers: ["k", "one"] },
    { name: "that multiply zeros alone", indices: [-1, -1], multipliers: ["one", "k"] },
  ] as const) {
    it(`keeps parameters ${name} on their wires`, async () => {
      const parameters = [
        values("k", [1], unsigned(3), [5]),
        values("p", [4], signed(4), [1, 2, 3, 4]),
      ];
      const graph = graphOf(
        tensor("in", [2], unsigned(4)),
        [
          {
            ...{ op: "view", inputs: ["p"], indices: Int32Array.from(indices) },
            output: tensor("v", [2], signed(4)),
          },
          {
            ...{ op: "combine", inputs: ["in", "v"], multipliers },
            output: tensor("sum", [2], signed(9)),
          },
          { op: "multiply", left: "sum", right: "in", output: tensor("out", [2], signed(13)) },
        ],
        { parameters, constants: [values("one", [1], unsigned(1), [1])] },
      );
      const encoding = { mode: "public", fractionBits: 0, elements: 2 } as const;
      const model: ProvableModel = {
        graph,
        input: { ...encoding, bits: 4, signed: false },
        output: { ...encoding, bits: 13, signed: true },
        weights: "private",
      };
      const circuit = await compileCircuit(emitCommittedCircom(model));
      expect(movedInputs(circuit, honestInputs(model, [3n, 15n], FIRST).committed)).to.deep.equal(
        [],
      );
      expect(await isRefused(circuit, circuitInputsOf(model, [3n, 15n], FIRST))).to.be.false;
      expect(committedEstimate(model).total).to.equal(circuit.r1cs.constraints.length);
    });
  }

  it("is chosen for fewer constraints than the aims", () => {
    for (const [name, aim] of [
      ["mnist-cnn-tiny", 16_384],
      ["mnist-cnn", 32_768],
      ["mnist-mlp", 16_384],
    ] as const) {
      expect(committedEstimate(compileExample(name)).total).to.be.below(aim);
    }
  });

  if (isDeep) {
    for (const name of ["mnist-cnn-tiny", "mnist-cnn", "mnist-mlp", "credit-german-mlp"]) {
      it(`counts the constraints of ${name}`, async () => {
        const model = compileExample(name);
        const circuit = await compileCircuit(emitCommittedCircom(model));
        expectConstraintCount(`committed ${name}`, circuit);
        expect(committedEstimate(model).total).to.equal(circuit.r1cs.constraints.length);
        const x = someInputs(model.graph, 1, 1);
        for (const it of x) {
          const { committed, publics } = honestInputs(model, it, FIRST);
          const witness = await circuit.calculate(challengedInputs(committed, publics));
          expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
          expect(movedInputs(circuit, committed)).to.deep.equal([]);
        }
      });
    }

    it("has tried every operation", () => {
      const tried = CASES.flatMap(({ model }) => model.graph.nodes.map((it) => it.op));
      expect(tried).to.include.members([...INTEGER_OPS]);
    });
  }
});

/** Drawn graphs may multiply a parameter by what is always 0: the key's maker refuses such a circuit. */
function isUnread(name: string): boolean {
  return name.startsWith("seed");
}
