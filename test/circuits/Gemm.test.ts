import { expect } from "chai";
import fc from "fast-check";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  loneChanges,
  mainOf,
  outputOf,
  signedOf,
} from "../helpers/circuit.ts";

const [ROWS, INPUTS, OUTPUTS] = [2, 3, 4];
/** Width of a sum of products of 12 and 8 bits. */
const BITS = 21;
const array = (length: number, bits: bigint) =>
  fc.array(fc.bigInt(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n), {
    minLength: length,
    maxLength: length,
  });

/** Every output alone; in groups of 3 and 1; all in one group. Ranges are assumed, as the headers say. */
for (const [name, group] of [
  ["MatMul", 1],
  ["MatMul", 3],
  ["Gemm", 1],
  ["Gemm", 4],
] as const) {
  const hasBias = name === "Gemm";
  const parameters = [ROWS, INPUTS, OUTPUTS, BITS, group];
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
            const expected = Array.from({ length: ROWS * OUTPUTS }, (_, at) => {
              const [r, o] = [Math.floor(at / OUTPUTS), at % OUTPUTS];
              let sum = hasBias ? bias[o]! : 0n;
              for (let i = 0; i < INPUTS; i++) {
                sum += input[r * INPUTS + i]! * weights[o * INPUTS + i]!;
              }
              return sum;
            });
            const actual = outputOf(circuit, witness, ROWS * OUTPUTS).map(signedOf);
            expect(actual).to.deep.equal(expected);
          },
        ),
        {
          seed: 6,
          numRuns: 30,
          examples: [-2048n, 2047n].flatMap((input) =>
            [-128n, 127n].map((weight): [bigint[], bigint[], bigint[]] => [
              Array.from({ length: ROWS * INPUTS }, () => input),
              Array.from({ length: OUTPUTS * INPUTS }, () => weight),
              [0n, -1n, 1n << 31n, 1n],
            ]),
          ),
        },
      );
    });

    it("rejects every tampered wire, and leaves none free", async () => {
      const circuit = await compile();
      const witness = await circuit.calculate({
        in: [1n, 2n, 3n, 0n, field(-5n), 6n],
        weights: Array.from({ length: OUTPUTS * INPUTS }, (_, i) => field(BigInt(i) - 4n)),
        ...(hasBias ? { bias: [1n, 0n, field(-9n), 1n << 30n] } : {}),
      });
      expect(loneChanges(circuit, witness)).to.deep.equal([]);
      expect(freeNames(circuit, witness)).to.deep.equal([]);
    });

    it("has the committed constraint count", async () => {
      expectConstraintCount(`${name}(${parameters.join(", ")})`, await compile());
    });
  });
}
