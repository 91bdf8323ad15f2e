import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { circuitInputs } from "../../offchain/compiler/emit/circuitInputs.ts";
import { claimWords } from "../../offchain/compiler/emit/claimWords.ts";
import { emitCircom } from "../../offchain/compiler/emit/circom.ts";
import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import { freivaldsRescale, linearRescale } from "../../offchain/compiler/emit/templates.ts";
import { interpret } from "../../offchain/compiler/interpret.ts";
import type { IntegerGraph, IntegerNode } from "../../offchain/compiler/ir/integerGraph.ts";
import { verifyIntegers } from "../../offchain/compiler/ir/verifyIntegers.ts";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { checkedModel } from "../helpers/checkedModel.ts";
import {
  compileCircuit,
  field,
  isRefused,
  lyingHints,
  ROOT,
  wiresNamed,
} from "../helpers/circuit.ts";
import type { TestCircuit } from "../helpers/circuit.ts";
import { deepOnly, IS_DEEP } from "../helpers/deepOnly.ts";
import { signed, tensor, unsigned, values } from "../helpers/integerGraph.ts";
import { hashReference } from "../helpers/packing.ts";

const Z = 0x1234_5678_9abc_def0n;
const SALTS = { weightsSalt: 11n, inputSalt: 22n, outputSalt: 33n };
const X = [1_000_000n, -2_000_000n, 1_300_000n, -1_100_000n, 250_000n, 70_000n];
const CHALLENGE_TAG = 6;

/** Circuit inputs for a claim of the output `y`, and its `c`. */
function claimOf(
  model: ProvableModel,
  x: readonly bigint[],
  { salts = SALTS, y = interpret(model.graph, x) } = {},
) {
  const opening = { ...salts, input: x, output: y };
  const { v, c } = claimWords(model, opening);
  const e = field(v.reduce((sum, it, i) => sum + it * Z ** BigInt(i), 0n));
  return { c, inputs: circuitInputs(model, { ...opening, c, z: Z, e }) };
}

/** The circuit, its challenges besides as outputs. */
const compileOpen = (model: ProvableModel) =>
  compileCircuit(emitCircom(model).replaceAll("signal digest", "signal output digest"));

/** Sums of each check, in the order of the layers. */
function sumsOf(circuit: TestCircuit, witness: readonly bigint[]): readonly (readonly bigint[])[] {
  const layers = new Map<string, bigint[]>();
  for (const wire of wiresNamed(circuit, /FreivaldsRescale_\d+_\d+\.sums\[/)) {
    const [layer, at] = circuit.names[wire]!.split(".sums[") as [string, string];
    const sums = layers.get(layer) ?? [];
    sums[parseInt(at)] = witness[wire]!;
    layers.set(layer, sums);
  }
  return [...layers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sums]) => sums);
}

describe("challenges of a circuit", function () {
  this.timeout(120_000);

  it("are seeded by c, then by the challenge before, and never by z", () => {
    const checks = emitCircom(checkedModel()).match(/^.*FreivaldsRescale\(.*$/gm)!;
    const wiring = checks.map((it) => it.replace(/ <== .*, (\w+)\);/, " from $1").trim());
    expect(wiring).to.deep.equal(["(node1, digest1) from c", "(node3, digest3) from digest1"]);
  });

  it("occur where they save more than their hashes cost, not where they save less", () => {
    for (const [length, isChosen] of [
      [90, false],
      [110, true],
    ] as const) {
      const model = checkedModel({ length });
      const most = BigInt(length) << 22n;
      const shape = {
        ...{ rows: 8, inputs: length, outputs: 8, bias: false, multiplierBits: 29, shift: 48 },
        ...{ accumulator: { lo: -most, hi: most }, output: signed(8) },
      };
      const saved = linearRescale(shape).constraints - freivaldsRescale(shape).constraints;
      expect(saved > 0).to.equal(isChosen);
      expect(emitCircom(model).includes("FreivaldsRescale")).to.equal(isChosen);
    }
  });

  it("do not occur where the weights are constants of the circuit", () => {
    const { graph, ...model } = checkedModel();
    const constant = { ...graph, parameters: [], constants: graph.parameters };
    const text = emitCircom({ ...model, graph: constant, weights: "public" });
    expect(text)
      .to.include("ConstantGemm")
      .and.not.to.match(/Freivalds|digest/);
  });

  const modes = [
    ["public", "public"],
    ...(IS_DEEP ? ([["join", "committed"]] as const) : []),
  ] as const;
  for (const [input, output] of modes) {
    describe(`given input words that are ${input} and output words that are ${output}`, () => {
      const model = checkedModel({ input, output });
      const run = async (changed: ProvableModel, x = X, salts = SALTS) => {
        const circuit = await compileOpen(model);
        const { c, inputs } = claimOf(changed, x, { salts });
        const witness = await circuit.calculate(inputs);
        expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
        return { c, digests: witness.slice(1, 3), sums: sumsOf(circuit, witness) };
      };

      it("are hashes of what seeds them and of the layer's sums", async () => {
        verifyIntegers(model.graph);
        const { c, digests, sums } = await run(model);
        expect(sums.map((it) => it.length)).to.deep.equal([16, 16]);
        expect(digests[0]).to.equal(hashReference(CHALLENGE_TAG, [c, ...sums[0]!]));
        expect(digests[1]).to.equal(hashReference(CHALLENGE_TAG, [digests[0]!, ...sums[1]!]));
      });

      it("move with every parameter, even one that no sum before them depends on", async () => {
        const known = await run(model);
        for (const [index, changed] of model.graph.parameters.entries()) {
          const integers = changed.values.with(0, changed.values[0]! ^ 1n);
          const parameters = model.graph.parameters.with(index, { ...changed, values: integers });
          const other = await run({ ...model, graph: { ...model.graph, parameters } });
          for (const i of [0, 1]) expect(other.digests[i]).not.to.equal(known.digests[i]);
          if (index > 2) expect(other.sums[0]).to.deep.equal(known.sums[0]);
          if (index > 4) expect(other.sums).to.deep.equal(known.sums);
        }
      });

      it("move with every element of the input", async () => {
        const known = await run(model);
        for (const i of X.keys()) {
          const other = await run(model, X.with(i, X[i]! + 1n));
          for (const k of [0, 1]) expect(other.digests[k]).not.to.equal(known.digests[k]);
        }
      });

      it("move with every salt, the sums unmoved", async () => {
        const known = await run(model);
        const salts = input === "public" ? ["weightsSalt"] : Object.keys(SALTS);
        for (const salt of salts) {
          const other = await run(model, X, { ...SALTS, [salt]: 44n });
          for (const i of [0, 1]) expect(other.digests[i]).not.to.equal(known.digests[i]);
          expect(other.sums).to.deep.equal(known.sums);
        }
      });
    });
  }

  it("refuse a sum that lies, the rest solved again", async () => {
    const model = checkedModel();
    const circuit = await compileOpen(model);
    const witness = await circuit.calculate(claimOf(model, X).inputs);
    const sums = wiresNamed(circuit, /FreivaldsRescale_\d+_\d+\.sums\[/);
    const bits = wiresNamed(circuit, /Bits_[\d_]+\.out\[|sumBits\[|digits\[|inverse$/);
    expect(sums).to.have.length(32);
    const tried = IS_DEEP ? sums : sums.slice(0, 1);
    expect(lyingHints(circuit, witness, [...sums, ...bits], tried)).to.deep.equal([]);
  });

  /** A prover that adds the same to two sums of the first layer, which moves its outputs. */
  describe("given a prover whose sums lie", () => {
    const model = checkedModel();
    const LIE = 1n << 20n;
    const truth = interpret(model.graph, X);
    const forged = interpret(lyingGraph(model.graph, LIE), X);

    deepOnly("that a circuit whose challenge is chosen takes sums that lie", () => {
      it("would not refuse them if it could choose the challenge", async () => {
        expect(forged).not.to.deep.equal(truth);
        // LIE + t * LIE = 0 for t = -1.
        const chosen = lyingCircuit(model, LIE, "digest <-- -1;", "ProductCheck", "digest");
        const circuit = await compileCircuit(chosen);
        const witness = await circuit.calculate(claimOf(model, X, { y: forged }).inputs);
        expect(checkWitness(circuit.r1cs, witness)).to.equal(undefined);
      });
    });

    it("refuse them, as they are a hash of them", async () => {
      const hashed = lyingCircuit(model, LIE, "digest <==", "FreivaldsCheck", "seed");
      const claim = claimOf(model, X, { y: forged }).inputs;
      expect(await isRefused(await compileCircuit(hashed), claim)).to.be.true;
      expect(await isRefused(await compileOpen(model), claim)).to.be.true;
    });
  });
});

/** The graph with the lie in it: in the first row, at the first digits of its first two tiles of two sums. */
function lyingGraph(graph: IntegerGraph, lie: bigint): IntegerGraph {
  const [first, layer, rescale, ...rest] = graph.nodes;
  const { output } = layer!;
  const shift = values(
    "lie",
    output.shape,
    signed(24),
    Array<bigint>(64).fill(0n).with(0, lie).with(2, lie),
  );
  const one = values("one", [1], unsigned(1), [1n]);
  const sum: IntegerNode = {
    ...({ op: "combine", name: "lied" } as const),
    ...{ inputs: [output.id, "lie"], multipliers: ["one", "one"] },
    output: tensor("lied", output.shape, signed(34)),
  };
  const rescaled = { ...rescale!, input: "lied" } as IntegerNode;
  return {
    ...{ ...graph, constants: [...graph.constants, shift, one] },
    nodes: [first!, layer!, sum, rescaled, ...rest],
  };
}

/** The circuit, its first layer's sums not what they are; `check` is then given them and `last`. */
function lyingCircuit(
  model: ProvableModel,
  lie: bigint,
  digest: string,
  check: string,
  last: string,
): string {
  const source = readFileSync(join(ROOT, "circuits/layers/FreivaldsRescale.circom"), "utf8");
  const honest = /\(sums, digest\) <== Freivalds\(inputs, high, wide\)\(.*\);/;
  expect(source).to.match(honest);
  const layer = source.slice(source.indexOf("template ")).replace(
    honest,
    `for (var r = 0; r < high; r++) {
        for (var k = 0; k < wide; k++) {
            var sum = bits == 22 && r == 0 && k < 2 ? ${lie} : 0;
            for (var i = 0; i < inputs; i++) {
                sum += tiles.packedRows[r][i] * tiles.columns[k][i];
            }
            sums[r * wide + k] <-- sum;
        }
    }
    ${digest} ${check}(inputs, high, wide)(tiles.packedRows, tiles.columns, sums, ${last});`,
  );
  const files = ["lib/FreivaldsCheck", "layers/PackTiles", "layers/RescaleTiles"];
  return emitCircom(model)
    .replace(
      'include "layers/FreivaldsRescale.circom";',
      files.map((it) => `include "${it}.circom";`).join("\n"),
    )
    .replace("template Model()", `${layer}\ntemplate Model()`);
}
