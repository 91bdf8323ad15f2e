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
const compile = (name: string) => compileCircuit(mainOf(`layers/${name}`, [ROWS, INPUTS, OUTPUTS]));
const array = (length: number, bits: bigint) =>
  fc.array(fc.bigInt(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n), {
    minLength: length,
    maxLength: length,
  });

/** Without hints and range checks: the headers say that the ranges are assumed. */
for (const name of ["MatMul", "Gemm"]) {
  const hasBias = name === "Gemm";

  describe(name, () => {
    it("equals the product of matrices", async () => {
      const circuit = await compile(name);
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
        { seed: 6, numRuns: 30 },
      );
    });

    it("rejects every tampered wire, and leaves none free", async () => {
      const circuit = await compile(name);
      const witness = await circuit.calculate({
        in: [1n, 2n, 3n, 0n, field(-5n), 6n],
        weights: Array.from({ length: OUTPUTS * INPUTS }, (_, i) => field(BigInt(i) - 4n)),
        ...(hasBias ? { bias: [1n, 0n, field(-9n), 1n << 30n] } : {}),
      });
      expect(loneChanges(circuit, witness)).to.deep.equal([]);
      expect(freeNames(circuit, witness)).to.deep.equal([]);
    });

    it("has the committed constraint count", async () => {
      expectConstraintCount(`${name}(${ROWS}, ${INPUTS}, ${OUTPUTS})`, await compile(name));
    });
  });
}
