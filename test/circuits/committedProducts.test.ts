import { expect } from "chai";
import { affineView } from "../../offchain/compiler/emit/committed/affineView.ts";
import { structuredPlan } from "../../offchain/compiler/emit/committed/structuredCheck.ts";
import { CHALLENGES, windowsOf } from "../helpers/committedCircuit.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  literalOf,
  mainOf,
} from "../helpers/circuit.ts";
import type { CircuitInputs } from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { productReference } from "../helpers/productReference.ts";

const isDeep = process.env["VOUCH_DEEP"] === "1";
const BITS = 30;
const TILES = [
  [1, 4],
  [2, 3],
] as const;
/** Widely spread integers of some bits, signed. */
const spread = (count: number, bits: number, seed: number): bigint[] =>
  Array.from({ length: count }, (_, i) => {
    const digit =
      ((BigInt(i + 1) * 2654435761n + BigInt(seed * 40503)) >> 4n) % (1n << BigInt(bits));
    return digit - (1n << BigInt(bits - 1));
  });

/** `multiplier · (in · weightsᵀ + bias)`. */
function sumsOf(
  input: readonly bigint[],
  weights: readonly bigint[],
  bias: readonly bigint[],
  multiplier: bigint,
  rows: number,
): bigint[] {
  const outputs = bias.length;
  return productReference(input, weights, rows, outputs).map(
    (it, at) => multiplier * (it + bias[at % outputs]!),
  );
}

/** Off by one in each place in turn, and twice in ways that cancel in a plain sum. */
function liesAbout(sums: readonly bigint[]): readonly (readonly bigint[])[] {
  const single = sums.map((it, i) => sums.with(i, it + (i % 2 === 0 ? 1n : -1n)));
  const last = sums.length - 1;
  return [
    ...single,
    sums.with(0, sums[0]! + 1n).with(1, sums[1]! - 1n),
    sums.with(0, sums[0]! + 5n).with(last, sums[last]! - 5n),
    sums.toReversed(),
    sums.map((it) => it + 1n),
  ];
}

for (const [tileRows, tileOutputs] of isDeep ? ([...TILES, [1, 1], [1, 5]] as const) : TILES) {
  const [rows, inputs, outputs] = [3, 4, 6];
  const parameters = [rows, inputs, outputs, BITS, tileRows, tileOutputs];
  describe(`TiledCheck(${parameters.join(", ")})`, () => {
    const input = spread(rows * inputs, 8, 1);
    const weights = spread(outputs * inputs, 8, 2);
    const bias = spread(outputs, 12, 3);
    const honest = (multiplier: bigint): CircuitInputs => ({
      ...{ in: input.map(field), weights: weights.map(field), bias: bias.map(field) },
      multiplier: [multiplier],
      sums: sumsOf(input, weights, bias, multiplier, rows).map(field),
    });

    it("takes the true sums and no others", async () => {
      const circuit = await compileCircuit(mainOf("committed/TiledCheck", parameters));
      for (const multiplier of [0n, 1n, 61n]) {
        const inputs = honest(multiplier);
        const witness = await circuit.calculate(inputs);
        for (const sums of liesAbout(inputs["sums"] as bigint[])) {
          const lie = { ...inputs, sums: sums.map(field) };
          expect(await isRefused(circuit, lie)).to.equal(
            sums.join() !== (inputs["sums"] as bigint[]).join(),
          );
        }
        if (multiplier === 61n) expectPinned(circuit, witness, 0);
      }
      expectConstraintCount(`committed TiledCheck(${parameters.join(", ")})`, circuit);
    });
  });
}

/** A convolution's windows, padded or not, and the rows of a matrix. */
const SHAPES = [
  { name: "windows", ...view(6, 3, 1, 0), elements: 36, inputs: 9, outputs: 3 },
  { name: "padded windows", ...view(5, 3, 2, 1), elements: 25, inputs: 9, outputs: 10 },
  {
    ...{ name: "rows", elements: 20, inputs: 4, outputs: 17, rows: 5 },
    indices: Int32Array.from({ length: 20 }, (_, i) => i),
  },
] as const;

function view(side: number, kernel: number, stride: number, padding: number) {
  const { indices, places } = windowsOf(side, kernel, stride, padding);
  return { indices, rows: places * places };
}

type Shape = (typeof SHAPES)[number];

function planOf({ indices, elements, inputs, outputs }: Shape) {
  return structuredPlan({
    ...{ view: affineView(indices, inputs)!, elements, outputs, bits: BITS }, // the shapes have one
    ...{ hasBias: true, hasMultiplier: true },
  });
}

/** A circuit of the check alone, every input public. */
function sourceOf(shape: Shape): string {
  const { indices, elements, inputs, outputs, rows } = shape;
  const plan = planOf(shape);
  const { tile, wide, groups, group, stride, scale, step, elementPowers } = plan;
  const parameters = [rows, inputs, outputs, BITS, tile, groups.length, group];
  const powers = (exponents: readonly number[]): string =>
    `[${exponents.map((it) => `powers[${it}]`).join(", ")}]`;
  const first = powers(Array.from({ length: elementPowers }, (_, i) => i));
  const windows = Array.from(indices, (it) => (it === -1 ? "0" : `weighted[${it}]`));
  return `pragma circom 2.2.0;

include "committed/Powers.circom";
include "committed/Weighted.circom";
include "committed/StructuredCheck.circom";

template Check() {
    signal input b;
    signal input in[${elements}];
    signal input weights[${outputs * inputs}];
    signal input bias[${outputs}];
    signal input multiplier[1];
    signal input sums[${rows * outputs}];
    signal powers[${plan.powers}] <== Powers(${plan.powers})(b);
    signal tiles[${wide}] <== Powers(${wide})(powers[${stride}]);
    signal weighted[${elements}] <== Weighted(${elements}, ${step})(in, ${first});
    StructuredCheck(${parameters.map(literalOf).join(", ")})(
        [${windows.join(", ")}], weights, bias, multiplier, sums,
        ${powers(plan.rows)}, tiles, ${powers(groups)}, powers[${scale}]
    );
}

component main {public [b, in, weights, bias, multiplier, sums]} = Check();
`;
}

function operandsOf({ elements, inputs, outputs }: Shape) {
  return {
    in: spread(elements, 8, 4),
    weights: spread(outputs * inputs, 8, 5),
    bias: spread(outputs, 12, 6),
  };
}

function honestInputs(shape: Shape, b: bigint, multiplier: bigint): CircuitInputs {
  const { in: input, weights, bias } = operandsOf(shape);
  const laid = Array.from(shape.indices, (it) => (it === -1 ? 0n : input[it]!));
  return {
    ...{ b, in: input.map(field), weights: weights.map(field), bias: bias.map(field) },
    multiplier: [multiplier],
    sums: sumsOf(laid, weights, bias, multiplier, shape.rows).map(field),
  };
}

describe("StructuredCheck", () => {
  for (const shape of isDeep ? SHAPES : SHAPES.slice(1)) {
    const { name, indices, elements } = shape;

    it(`takes the true sums of ${name} and no others, at any challenge`, async () => {
      const circuit = await compileCircuit(sourceOf(shape));
      for (const [at, { b }] of CHALLENGES.entries()) {
        const inputs = honestInputs(shape, b, at === 0 ? 61n : 1n);
        expect(await isRefused(circuit, inputs)).to.be.false;
        for (const sums of liesAbout(inputs["sums"] as bigint[])) {
          expect(await isRefused(circuit, { ...inputs, sums: sums.map(field) })).to.be.true;
        }
        for (const [signal, values] of Object.entries(operandsOf(shape))) {
          const other = { ...inputs, [signal]: values.with(-1, values.at(-1)! + 1n).map(field) };
          // The last element of a strided view may be in no window.
          const isRead = signal !== "in" || indices.includes(elements - 1);
          expect(await isRefused(circuit, other)).to.equal(isRead);
        }
      }
    });

    it(`costs for ${name} what the compiler says, and leaves no wire free`, async () => {
      const circuit = await compileCircuit(sourceOf(shape));
      const plan = planOf(shape);
      expect(circuit.r1cs.constraints.length).to.equal(plan.cost + plan.powers - 2);
      const witness = await circuit.calculate(honestInputs(shape, CHALLENGES[0]!.b, 7n));
      expectPinned(circuit, witness, 0);
    });
  }

  it("takes false sums at a challenge for which they were made, and at no other", async () => {
    const shape = SHAPES[2];
    const circuit = await compileCircuit(sourceOf(shape));
    const known = 3n;
    for (const b of [known, ...CHALLENGES.map((it) => it.b)]) {
      const inputs = honestInputs(shape, b, 7n);
      const sums = inputs["sums"] as bigint[];
      // The rows' powers are 1 and b: 3 - b is 0 at 3 alone.
      const next = shape.outputs;
      const lie = sums.with(0, field(sums[0]! + 3n)).with(next, field(sums[next]! - 1n));
      expect(await isRefused(circuit, { ...inputs, sums: lie })).to.equal(b !== known);
    }
  });
});

describe("affineView", () => {
  it("finds a convolution's powers, step by what all rows share", () => {
    const { indices } = windowsOf(8, 3, 2, 0);
    const found = affineView(indices, 9)!; // a convolution has one
    expect(found.step).to.equal(2);
    indices.forEach((it, at) => {
      const [r, i] = [Math.floor(at / 9), at % 9];
      expect(Math.floor(it / found.step)).to.equal(found.rows[r]! + found.columns[i]!);
    });
  });

  for (const [name, indices, inputs] of [
    ["rows of no pattern", [0, 1, 2, 0, 2, 4], 3],
    ["one row twice", [0, 1, 2, 0, 1, 2], 3],
    ["one row alone", [0, 1, 2], 3],
    ["a row of padding alone", [0, 1, -1, -1], 2],
  ] as const) {
    it(`finds none for ${name}`, () => {
      expect(affineView(Int32Array.from(indices), inputs)).to.equal(undefined);
    });
  }
});
