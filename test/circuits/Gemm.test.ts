import { expect } from "chai";
import fc from "fast-check";
import { linear } from "../../offchain/compiler/emit/templates.ts";
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
import { expectCost } from "../helpers/templateCost.ts";

const [ROWS, INPUTS, OUTPUTS] = [3, 3, 4];
/** Width of a sum of products of 12 and 8 bits. */
const BITS = 21;
const array = (length: number, bits: bigint) =>
  fc.array(fc.bigInt(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n), {
    minLength: length,
    maxLength: length,
  });
const repeat = (count: number, value: bigint) => Array.from({ length: count }, () => value);

/** Every sum alone; tiles of one row; tiles of several, with fewer at both edges. Ranges are assumed: the headers say so. */
for (const [name, tileRows, tileOutputs] of [
  ["MatMul", 1, 1],
  ["MatMul", 1, 3],
  ["MatMul", 2, 2],
  ["Gemm", 1, 1],
  ["Gemm", 3, 4],
  ["Gemm", 2, 1],
] as const) {
  const hasBias = name === "Gemm";
  const parameters = [ROWS, INPUTS, OUTPUTS, BITS, tileRows, tileOutputs];
  const compile = () => compileCircuit(mainOf(`layers/${name}`, parameters));

  describe(`${name}(${parameters.join(", ")})`, () => {
    it("equals the product of matrices", async () => {
      const circuit = await compile();
      await fc.assert(
        fc.asyncProperty(
          array(ROWS * INPUTS, 12n),
          array(OUTPUTS * INPUTS, 8n),
          array(OUTPUTS, 32n),
          async (input, weights, bias) => {
            const witness = await circuit.calculate({
              in: input.map(field),
              weights: weights.map(field),
              ...(hasBias ? { bias: bias.map(field) } : {}),
            });
            const expected = productReference(input, weights, ROWS, OUTPUTS).map((it, at) =>
              hasBias ? it + bias[at % OUTPUTS]! : it,
            );
            const actual = outputOf(circuit, witness, ROWS * OUTPUTS).map(signedOf);
            expect(actual).to.deep.equal(expected);
          },
        ),
        {
          seed: 6,
          numRuns: 30,
          examples: [-2048n, 2047n].flatMap((input) =>
            [-128n, 127n].map((weight): [bigint[], bigint[], bigint[]] => [
              repeat(ROWS * INPUTS, input),
              repeat(OUTPUTS * INPUTS, weight),
              [0n, -1n, 1n << 31n, 1n],
            ]),
          ),
        },
      );
    });

    it("rejects every tampered wire and hint, and leaves none free", async () => {
      const circuit = await compile();
      const witness = await circuit.calculate({
        in: [1n, 2n, 3n, 0n, field(-5n), 6n, 2047n, field(-2048n), 1n],
        weights: Array.from({ length: OUTPUTS * INPUTS }, (_, i) => field(BigInt(i * 11) - 60n)),
        ...(hasBias ? { bias: [1n, 0n, field(-9n), 1n << 30n] } : {}),
      });
      const isTiled = tileRows * tileOutputs > 1;
      // The optimizer has a sum stand for its top bit.
      const hints = isTiled ? (ROWS * OUTPUTS - 4) * BITS : 0;
      expectPinned(circuit, witness, hints, { more: /^main\.out\[/ });
    });

    it("has the committed constraint count", async () => {
      expectConstraintCount(`${name}(${parameters.join(", ")})`, await compile());
    });
  });
}

describe("MatMul", () => {
  it("refuses a last sum of a tile that is wider", async () => {
    const circuit = await compileCircuit(mainOf("layers/MatMul", [1, 1, 3, BITS, 1, 3]));
    const most = (1n << 20n) - 1n;
    expect(await isRefused(circuit, { in: [1n], weights: [0n, 0n, most] })).to.be.false;
    expect(await isRefused(circuit, { in: [1n], weights: [0n, 0n, most + 1n] })).to.be.true;
  });
});

describe("linear", () => {
  for (const spec of [
    { rows: 1, inputs: 40, outputs: 10, bits: 25, bias: true },
    { rows: 1, inputs: 40, outputs: 11, bits: 25, bias: false },
    { rows: 7, inputs: 40, outputs: 3, bits: 25, bias: true },
    { rows: 9, inputs: 60, outputs: 2, bits: 60, bias: false },
    { rows: 2, inputs: 4, outputs: 2, bits: 30, bias: true },
  ]) {
    it(`costs what the compiler says for ${JSON.stringify(spec)}`, async () => {
      const { rows, inputs, outputs, bias } = spec;
      const template = linear(spec);
      const operands = { in: rows * inputs, weights: outputs * inputs };
      await expectCost(template, bias ? { ...operands, bias: outputs } : operands, rows * outputs);
    });
  }

  it("costs nothing where the weights are constants of the circuit", async () => {
    const spec = { rows: 2, inputs: 3, outputs: 2, bits: 30, bias: true };
    const template = linear({ ...spec, weights: "constant" });
    expect(template.constraints).to.equal(0);
    await expectCost(template, { in: 6, weights: "[1, -2, 3, 4, -5, 0]", bias: "[7, 8]" }, 4);
  });

  it("leaves out the products by padding", async () => {
    const template = linear({
      ...{ rows: 2, inputs: 200, outputs: 3, bits: 25, bias: false },
      isConstant: (row, input) => row === 0 || input < 10,
    });
    expect(template.constraints).to.equal(190 + 6 * 25);
    const input = Array.from({ length: 400 }, (_, i) => (i < 210 ? 0 : `rest[${i - 210}]`));
    await expectCost(template, { in: `[${input.join(", ")}]`, weights: 600 }, 6, { rest: 190 });
  });
});
