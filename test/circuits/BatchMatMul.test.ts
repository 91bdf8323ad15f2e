import { expect } from "chai";
import fc from "fast-check";
import { batchMatMul } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  mainOf,
  outputOf,
  signedOf,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { productReference } from "../helpers/productReference.ts";
import { expectCost } from "../helpers/templateCost.ts";

const [BATCHES, ROWS, INNER, COLUMNS] = [2, 3, 5, 4];
/** Width of a sum of products of 10 and 8 bits. */
const BITS = 21;
const array = (length: number, bits: bigint) =>
  fc.array(fc.bigInt(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n), {
    minLength: length,
    maxLength: length,
  });

describe("BatchMatMul", () => {
  const template = batchMatMul({
    ...{ batches: BATCHES, rows: ROWS, inner: INNER, columns: COLUMNS },
    bits: BITS,
  });
  const parameters = [BATCHES, ROWS, INNER, COLUMNS, BITS, 2, 2];
  const compile = () => compileCircuit(mainOf("layers/BatchMatMul", parameters));

  it("equals the product of each two matrices", async () => {
    const circuit = await compile();
    const [leftSize, rightSize] = [ROWS * INNER, COLUMNS * INNER];
    await fc.assert(
      fc.asyncProperty(
        array(BATCHES * leftSize, 10n),
        array(BATCHES * rightSize, 8n),
        async (left, right) => {
          const witness = await circuit.calculate({
            left: left.map(field),
            right: right.map(field),
          });
          const expected = Array.from({ length: BATCHES }, (_, b) =>
            productReference(
              left.slice(b * leftSize, (b + 1) * leftSize),
              right.slice(b * rightSize, (b + 1) * rightSize),
              ROWS,
              COLUMNS,
            ),
          ).flat();
          const actual = outputOf(circuit, witness, expected.length).map(signedOf);
          expect(actual).to.deep.equal(expected);
        },
      ),
      { seed: 12, numRuns: 20 },
    );
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile();
    const value = (_: unknown, i: number) => field(BigInt((i * 37) % 101) - 50n);
    const witness = await circuit.calculate({
      left: Array.from({ length: BATCHES * ROWS * INNER }, value),
      right: Array.from({ length: BATCHES * COLUMNS * INNER }, value),
    });
    expectPinned(circuit, witness, BATCHES * ROWS * COLUMNS * BITS - 16, { more: /^main\.out\[/ });
  });

  it("costs what the compiler says", async () => {
    const inputs = { left: BATCHES * ROWS * INNER, right: BATCHES * COLUMNS * INNER };
    await expectCost(template, inputs, BATCHES * ROWS * COLUMNS);
    const tiled = batchMatMul({ batches: 2, rows: 3, inner: 30, columns: 4, bits: BITS });
    await expectCost(tiled, { left: 2 * 3 * 30, right: 2 * 4 * 30 }, 24);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`BatchMatMul(${parameters.join(", ")})`, await compile());
  });
});
