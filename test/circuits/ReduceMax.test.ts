import { expect } from "chai";
import fc from "fast-check";
import { reduceMax } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  outputOf,
  signedOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { expectCost } from "../helpers/templateCost.ts";

const compile = (rows: number, length: number, bits: number) =>
  compileCircuit(
    mainOf(
      "layers/ReduceMax",
      reduceMax({ rows, length, input: { bits, signed: true } }).parameters,
    ),
  );

/** One after the other while that is cheaper; with a hint beyond. */
const SHAPES = [
  [2, 1, 8],
  [2, 4, 8],
  [1, 9, 8],
  [2, 12, 4],
] as const;

describe("ReduceMax", () => {
  for (const [rows, length, bits] of SHAPES) {
    const edge = 1n << BigInt(bits - 1);

    describe(`given rows of ${length} elements of ${bits} bits`, () => {
      it("equals the maximum, ties and both ends included", async () => {
        const circuit = await compile(rows, length, bits);
        const values = fc.array(fc.oneof(fc.bigInt(-edge, edge - 1n), fc.constant(-edge)), {
          minLength: rows * length,
          maxLength: rows * length,
        });
        const ends = Array.from({ length: rows * length }, (_, i) =>
          i % 2 === 0 ? -edge : edge - 1n,
        );
        await fc.assert(
          fc.asyncProperty(values, async (input) => {
            const witness = await circuit.calculate({ in: input.map(field) });
            const expected = Array.from({ length: rows }, (_, r) =>
              input
                .slice(r * length, (r + 1) * length)
                .reduce((most, it) => (it > most ? it : most)),
            );
            expect(outputOf(circuit, witness, rows).map(signedOf)).to.deep.equal(expected);
          }),
          { seed: 51, numRuns: 60, examples: [[ends], [ends.map(() => -1n)]] },
        );
      });

      if (length === 1) return;

      it("refuses elements further apart than their type allows", async () => {
        const circuit = await compile(rows, length, bits);
        const input = Array.from({ length: rows * length }, () => 0n);
        for (const at of [0, length - 1]) {
          const wide = input.with(at, field(-(4n * edge)));
          expect(await isRefused(circuit, { in: wide })).to.be.true;
        }
      });

      it("rejects every tampered wire and hint, and leaves none free", async () => {
        const circuit = await compile(rows, length, bits);
        const input = Array.from({ length: rows * length }, (_, i) => BigInt((i * 5) % 8) - 4n);
        const witness = await circuit.calculate({ in: input.map(field) });
        expectPinned(circuit, witness, rows * (length - 1) * (bits - 1), { more: /^main\.out/ });
      });

      it("costs what the compiler says", async () => {
        const template = reduceMax({ rows, length, input: { bits, signed: false } });
        await expectCost(template, { in: rows * length }, rows);
      });
    });
  }

  it("has just the maximum, whatever the hint and its bits", async () => {
    const circuit = await compile(1, 4, 2);
    const bits = wiresNamed(circuit, /Bits.*\.out\[/);
    const [out, ...inputs] = ["out[0]", "in[0]", "in[1]", "in[2]", "in[3]"].map((it) =>
      circuit.wireOf(`main.${it}`),
    );
    for (const values of [
      [0n, 3n, 1n, 2n],
      [2n, 2n, 0n, 2n],
      [1n, 0n, 0n, 0n],
    ]) {
      const accepted = Array.from({ length: 16 }, (_, i) => field(BigInt(i) - 8n)).filter(
        (hint) => {
          const known = new Map([
            ...inputs.map((it, i) => [it, values[i]!] as const),
            [out!, hint],
          ]);
          return solutionsOverBits(circuit, known, bits, [out!]).length > 0;
        },
      );
      expect(accepted).to.deep.equal([values.reduce((most, it) => (it > most ? it : most))]);
    }
  });

  it("has the committed constraint counts", async () => {
    for (const shape of SHAPES) {
      expectConstraintCount(
        `ReduceMax(${shape.join(", ")})`,
        await compile(shape[0], shape[1], shape[2]),
      );
    }
  });
});
