import { expect } from "chai";
import fc from "fast-check";
import { linearRescale } from "../../offchain/compiler/emit/templates.ts";
import type { LinearRescaleSpec } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  outputOf,
  signedOf,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { productReference } from "../helpers/productReference.ts";
import { rescaleReference } from "../helpers/rescale.ts";
import { expectCost } from "../helpers/templateCost.ts";

const [ROWS, INPUTS, OUTPUTS] = [3, 5, 4];
/** Inputs of 8 bits, unsigned; weights of 8 bits, signed; biases of 16. */
const ACCUMULATOR = { lo: -128n * 255n * 5n - 32768n, hi: 127n * 255n * 5n + 32767n };

const SPECS: Readonly<Record<string, LinearRescaleSpec>> = {
  "a ReLU and a multiplier": {
    ...{ rows: ROWS, inputs: INPUTS, outputs: OUTPUTS, accumulator: ACCUMULATOR, bias: true },
    ...{ multiplierBits: 6, shift: 15, output: { bits: 8, signed: false } },
  },
  "no multiplier and no bias": {
    ...{ rows: ROWS, inputs: INPUTS, outputs: OUTPUTS, accumulator: ACCUMULATOR, bias: false },
    ...{ multiplierBits: undefined, shift: 12, output: { bits: 4, signed: true } },
  },
  "no clamp": {
    ...{ rows: ROWS, inputs: INPUTS, outputs: OUTPUTS, accumulator: ACCUMULATOR, bias: true },
    ...{ multiplierBits: undefined, shift: 9, output: { bits: 20, signed: true } },
  },
};

const array = (length: number, least: bigint, most: bigint) =>
  fc.array(fc.oneof(fc.constantFrom(least, most), fc.bigInt(least, most)), {
    minLength: length,
    maxLength: length,
  });

for (const [name, spec] of Object.entries(SPECS)) {
  const template = linearRescale(spec);
  const { bias: hasBias, multiplierBits, shift, output } = spec;
  const hasMultiplier = multiplierBits !== undefined;
  const mostMultiplier = hasMultiplier ? (1n << BigInt(multiplierBits)) - 1n : 1n;
  const compile = () => compileCircuit(mainOf(template.file, template.parameters));

  describe(`${template.file.slice(7)}(${template.parameters.join(", ")}), ${name}`, () => {
    it("equals the product of matrices and the rounding rule", async () => {
      const circuit = await compile();
      await fc.assert(
        fc.asyncProperty(
          array(ROWS * INPUTS, 0n, 255n),
          array(OUTPUTS * INPUTS, -128n, 127n),
          array(OUTPUTS, -32768n, 32767n),
          fc.bigInt(hasMultiplier ? 0n : 1n, mostMultiplier),
          async (input, weights, bias, multiplier) => {
            const witness = await circuit.calculate({
              ...{ in: input, weights: weights.map(field), multiplier: [multiplier] },
              ...(hasBias ? { bias: bias.map(field) } : {}),
            });
            const expected = productReference(input, weights, ROWS, OUTPUTS).map((it, at) => {
              const sum = hasBias ? it + bias[at % OUTPUTS]! : it;
              return rescaleReference(sum, multiplier, shift, output.bits, output.signed);
            });
            const actual = outputOf(circuit, witness, ROWS * OUTPUTS).map(signedOf);
            expect(actual).to.deep.equal(expected);
          },
        ),
        {
          seed: 14,
          numRuns: 40,
          examples: [-128n, 127n].map((weight): [bigint[], bigint[], bigint[], bigint] => [
            Array.from({ length: ROWS * INPUTS }, () => 255n),
            Array.from({ length: OUTPUTS * INPUTS }, () => weight),
            Array.from({ length: OUTPUTS }, () => (weight < 0n ? -32768n : 32767n)),
            mostMultiplier,
          ]),
        },
      );
    });

    it("refuses a last sum of a tile far out of range", async () => {
      const circuit = await compile();
      const weights = Array.from({ length: OUTPUTS * INPUTS }, () => 0n).with(-1, 1n << 80n);
      const inputs = { in: Array.from({ length: ROWS * INPUTS }, () => 1n), multiplier: [1n] };
      const bias = hasBias ? { bias: [0n, 0n, 0n, 0n] } : {};
      expect(await isRefused(circuit, { ...inputs, ...bias, weights })).to.be.true;
    });

    it("rejects every tampered wire and hint, and leaves free only inverses of 0", async () => {
      const circuit = await compile();
      const input = Array.from({ length: ROWS * INPUTS }, (_, i) => BigInt((i * 77) % 256));
      const weights = Array.from(
        { length: OUTPUTS * INPUTS },
        (_, i) => BigInt((i * 91) % 256) - 128n,
      );
      const bias = [5n, 0n, -32768n, 32767n];
      const witness = await circuit.calculate({
        ...{ in: input, weights: weights.map(field), multiplier: [mostMultiplier] },
        ...(hasBias ? { bias: bias.map(field) } : {}),
      });
      const fitting = productReference(input, weights, ROWS, OUTPUTS).filter((it, at) => {
        const sum = (hasBias ? it + bias[at % OUTPUTS]! : it) * mostMultiplier;
        const quotient = (sum + (1n << BigInt(shift - 1))) >> BigInt(shift);
        return quotient === rescaleReference(sum, 1n, shift, output.bits, output.signed);
      });
      expect(fitting).to.have.length.within(1, ROWS * OUTPUTS);
      const hasInverses = circuit.names.some((it) => it.endsWith(".inverse"));
      expectPinned(circuit, witness, ROWS * OUTPUTS * (shift + 4), {
        inverses: hasInverses ? fitting.length : 0,
        more: /^main\.out\[/,
      });
    });

    it("costs what the compiler says", async () => {
      const operands = {
        ...{ in: ROWS * INPUTS, weights: OUTPUTS * INPUTS },
        ...(hasBias ? { bias: OUTPUTS } : {}),
      };
      const multiplier = hasMultiplier ? 1 : "[1]";
      await expectCost(template, { ...operands, multiplier }, ROWS * OUTPUTS);
    });

    it("has the committed constraint count", async () => {
      const title = `${template.file.slice(7)}(${template.parameters.join(", ")})`;
      expectConstraintCount(title, await compile());
    });
  });
}

describe("linearRescale", () => {
  for (const [rows, inputs, outputs, multiplierBits] of [
    [1, 61, 16, 6],
    [1, 61, 17, undefined],
    [7, 25, 3, 6],
    [2, 20, 1, 20],
  ] as const) {
    const spec: LinearRescaleSpec = {
      ...{ rows, inputs, outputs, multiplierBits, shift: 14, bias: true },
      accumulator: { lo: -128n * 255n * BigInt(inputs), hi: 127n * 255n * BigInt(inputs) },
      output: { bits: 8, signed: false },
    };
    const multiplier = multiplierBits === undefined ? "[1]" : 1;
    const operands = { in: rows * inputs, weights: outputs * inputs, bias: outputs, multiplier };

    it(`costs what the compiler says for ${[rows, inputs, outputs, multiplierBits].join()}`, async () => {
      await expectCost(linearRescale(spec), operands, rows * outputs);
    });

    it(`costs what it says with constant weights for ${[rows, inputs, outputs].join()}`, async () => {
      const constants = (length: number) =>
        `[${Array.from({ length }, (_, i) => ((i * 91) % 255) - 127).join(", ")}]`;
      const weights = constants(outputs * inputs);
      const template = linearRescale({ ...spec, weights: "constant" });
      await expectCost(
        template,
        { ...operands, weights, bias: constants(outputs) },
        rows * outputs,
      );
    });
  }

  it("costs at most 28 for each of many sums of 24 bits, and the products", () => {
    const spec: LinearRescaleSpec = {
      ...{ rows: 1, inputs: 100, outputs: 100, multiplierBits: undefined, shift: 12, bias: false },
      accumulator: { lo: -(1n << 23n), hi: (1n << 23n) - 1n },
      output: { bits: 8, signed: false },
    };
    expect(linearRescale(spec).constraints).to.equal(100 * 28 + 10 * 100);
  });
});
