import { expect } from "chai";
import fc from "fast-check";
import { freivaldsRescale, linearRescale } from "../../offchain/compiler/emit/templates.ts";
import type { LinearRescaleSpec } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  loneChanges,
  lyingHints,
  mainOf,
  outputOf,
  wiresNamed,
} from "../helpers/circuit.ts";
import { productReference } from "../helpers/productReference.ts";
import { rescaleReference } from "../helpers/rescale.ts";
import { expectCost } from "../helpers/templateCost.ts";

/** Inputs of 8 bits, unsigned; weights of 8 bits, signed; biases of 16. */
const specOf = (rows: number, inputs: number, outputs: number): LinearRescaleSpec => ({
  ...{ rows, inputs, outputs, multiplierBits: 6, shift: 15, bias: true },
  accumulator: {
    lo: -128n * 255n * BigInt(inputs) - 32768n,
    hi: 127n * 255n * BigInt(inputs) + 32767n,
  },
  output: { bits: 8, signed: false },
});
const [ROWS, INPUTS, OUTPUTS] = [3, 5, 4];
const spec = specOf(ROWS, INPUTS, OUTPUTS);
/** Two rows of tiles, two tiles in each. */
const parameters = [...freivaldsRescale(spec).parameters.slice(0, -2), 2, 2];
const compile = () => compileCircuit(mainOf("layers/FreivaldsRescale", parameters));
const array = (length: number, least: bigint, most: bigint) =>
  fc.array(fc.oneof(fc.constantFrom(least, most), fc.bigInt(least, most)), {
    minLength: length,
    maxLength: length,
  });
const INPUT = Array.from({ length: ROWS * INPUTS }, (_, i) => BigInt((i * 77) % 256));
const WEIGHTS = Array.from({ length: OUTPUTS * INPUTS }, (_, i) => BigInt((i * 91) % 256) - 128n);
const BIAS = [5n, 0n, -32768n, 32767n];

describe("FreivaldsRescale", () => {
  it("equals the product of matrices and the rounding rule", async () => {
    const circuit = await compile();
    await fc.assert(
      fc.asyncProperty(
        array(ROWS * INPUTS, 0n, 255n),
        array(OUTPUTS * INPUTS, -128n, 127n),
        array(OUTPUTS, -32768n, 32767n),
        fc.bigInt(0n, 63n),
        async (input, weights, bias, multiplier) => {
          const witness = await circuit.calculate({
            ...{ in: input, weights: weights.map(field), bias: bias.map(field) },
            ...{ multiplier: [multiplier], seed: 77n },
          });
          const expected = productReference(input, weights, ROWS, OUTPUTS).map((it, at) =>
            rescaleReference(it + bias[at % OUTPUTS]!, multiplier, 15, 8, false),
          );
          expect(witness.slice(1, 1 + ROWS * OUTPUTS)).to.deep.equal(expected);
          expect(outputOf(circuit, witness, ROWS * OUTPUTS + 1).at(-1)).to.not.equal(0n);
        },
      ),
      { seed: 37, numRuns: 30 },
    );
  });

  it("refuses a last sum of a tile far out of range", async () => {
    const circuit = await compile();
    const weights = Array.from({ length: OUTPUTS * INPUTS }, () => 0n).with(-1, 1n << 80n);
    const inputs = { in: INPUT.map(() => 1n), weights, bias: [0n, 0n, 0n, 0n], seed: 0n };
    expect(await isRefused(circuit, { ...inputs, multiplier: [1n] })).to.be.true;
  });

  it("rejects every tampered wire and bit", async () => {
    const circuit = await compile();
    const witness = await circuit.calculate({
      ...{ in: INPUT, weights: WEIGHTS.map(field), bias: BIAS.map(field) },
      ...{ multiplier: [63n], seed: 77n },
    });
    const sums = wiresNamed(circuit, /^main\.sums\[/);
    const bits = wiresNamed(circuit, /Bits.*\[|main\.out\[/);
    const isInverse = (it: string) => it.endsWith(".inverse");
    expect(sums).to.have.length(4);
    expect(loneChanges(circuit, witness).filter((it) => !isInverse(it))).to.deep.equal([]);
    const inverses = wiresNamed(circuit, /inverse$/);
    // That no sum can lie is `FreivaldsCheck`'s test.
    const tried = bits.filter((_, i) => i % 11 === 0);
    expect(lyingHints(circuit, witness, [...sums, ...bits, ...inverses], tried)).to.deep.equal([]);
  });

  /** Constants among the inputs, by place. */
  const PADDING = {
    none: () => undefined,
    scattered: (row, input) => ((row + input) % 3 === 0 ? 0n : undefined),
    "a column of zeros": (_, input) => (input === 7 ? 0n : undefined),
    "a constant column": (_, input) => (input === 7 ? 3n : undefined),
    "a column of zeros below a constant": (row, input) =>
      input === 7 ? (row === 0 ? 3n : 0n) : undefined,
  } as const satisfies Record<string, (row: number, input: number) => bigint | undefined>;

  const deepOnly = [
    [1, 20, 20, "none"],
    [16, 20, 10, "scattered"],
    [16, 20, 10, "a column of zeros"],
    [16, 20, 10, "a constant column"],
  ] as const;
  for (const [rows, inputs, outputs, padding] of [
    [6, 20, 12, "none"],
    [1, 20, 20, "a constant column"],
    [16, 20, 10, "a column of zeros below a constant"],
    ...(process.env["VOUCH_DEEP"] === "1" ? deepOnly : []),
  ] as const) {
    const constantAt: (row: number, input: number) => bigint | undefined = PADDING[padding];
    const paddedSpec: LinearRescaleSpec = {
      ...specOf(rows, inputs, outputs),
      isConstant: (...at) => constantAt(...at) !== undefined,
      isZero: (...at) => constantAt(...at) === 0n,
    };
    const literals = Array.from(
      { length: rows * inputs },
      (_, at) => constantAt(Math.floor(at / inputs), at % inputs) ?? `x[${at}]`,
    );
    const operands = { in: `[${literals.join(", ")}]`, weights: outputs * inputs };
    const declared = { x: rows * inputs, seeds: 1 };

    it(`costs what the compiler says for ${rows} by ${inputs} by ${outputs}, padding: ${padding}`, async () => {
      const given = { ...operands, bias: outputs, multiplier: 1, seed: "seeds[0]" };
      await expectCost(freivaldsRescale(paddedSpec), given, rows * outputs, declared);
    });

    if (padding !== "none") continue;
    it(`costs what the compiler says for ${rows} by ${inputs} by ${outputs} without bias and multiplier`, async () => {
      const template = freivaldsRescale({ ...paddedSpec, bias: false, multiplierBits: undefined });
      const zeros = `[${Array<number>(outputs).fill(0).join(", ")}]`;
      const given = { ...operands, bias: zeros, multiplier: "[1]", seed: "seeds[0]" };
      await expectCost(template, given, rows * outputs, declared);
    });
  }

  it("costs less than single products where many long rows meet many weights, and more elsewhere", () => {
    const saved = (...shape: readonly [number, number, number]) =>
      linearRescale(specOf(...shape)).constraints - freivaldsRescale(specOf(...shape)).constraints;
    expect(saved(64, 576, 64)).to.be.greaterThan(300_000);
    expect(saved(16, 200, 16)).to.be.greaterThan(2_000);
    expect(saved(1, 784, 32)).to.be.lessThan(0);
    expect(saved(144, 25, 8)).to.be.lessThan(0);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`FreivaldsRescale(${parameters.join(", ")})`, await compile());
  });
});
