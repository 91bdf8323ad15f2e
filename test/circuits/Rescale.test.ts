import { expect } from "chai";
import fc from "fast-check";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  loneChanges,
  lyingHints,
  mainOf,
  outputOf,
  signedOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import { rescaleReference } from "../helpers/rescale.ts";

type Parameters = readonly [
  accumulator: number,
  multiplier: number,
  shift: number,
  bits: number,
  signed: number,
];

const compile = (parameters: Parameters) => compileCircuit(mainOf("lib/Rescale", parameters));
const BITS = /sumBits\[|Bits_.*\.out\[/;
const HINTS = /sumBits\[|Bits_.*\.out\[|inverse$/;
const INVERSE = "main.IsZero.inverse";

/** Names without the numbers that circom gives to anonymous components. */
const short = (names: readonly string[]) => names.map((name) => name.replace(/(_\d+)+/g, ""));

/** A hidden layer's and the output's, as in the models; and one small enough to try every bit. */
const HIDDEN: Parameters = [33, 20, 35, 8, 0];
const OUTPUT: Parameters = [33, 20, 12, 32, 1];
const SMALL: readonly Parameters[] = [
  [4, 2, 2, 2, 0],
  [4, 2, 2, 2, 1],
  [3, 1, 4, 2, 1],
];

describe("Rescale", () => {
  for (const parameters of [HIDDEN, OUTPUT]) {
    const [accumulatorBits, multiplierBits, shift, bits, signed] = parameters;
    const edge = 1n << BigInt(accumulatorBits - 1);
    const mostMultiplier = (1n << BigInt(multiplierBits)) - 1n;

    describe(`given Rescale(${parameters.join(", ")})`, () => {
      it("equals the rounding rule, both ends of accumulator and multiplier included", async () => {
        const circuit = await compile(parameters);
        const small = fc.bigInt(-(1n << 20n), 1n << 20n);
        const accumulator = fc.oneof(fc.bigInt(-edge, edge - 1n), small);
        await fc.assert(
          fc.asyncProperty(accumulator, fc.bigInt(0n, mostMultiplier), async (a, m) => {
            const witness = await circuit.calculate({ in: field(a), multiplier: m });
            const [out] = outputOf(circuit, witness, 1);
            expect(signedOf(out!)).to.equal(rescaleReference(a, m, shift, bits, signed === 1));
          }),
          {
            seed: 4,
            numRuns: 100,
            examples: [-edge, edge - 1n, -1n, 0n, 1n].flatMap((a) =>
              [0n, 1n, mostMultiplier].map((m): [bigint, bigint] => [a, m]),
            ),
          },
        );
      });

      it("rounds ties up, on both sides of 0", async () => {
        const circuit = await compile(parameters);
        const half = 1n << BigInt(Math.min(shift - 1, 20));
        const multiplier = 1n << BigInt(shift - 1 - Math.min(shift - 1, 20));
        for (const [a, expected] of [
          [half, 1n],
          [half - 1n, multiplier === 1n ? 0n : undefined],
          [-half, 0n],
          [-3n * half, signed === 1 ? -1n : 0n],
        ] as const) {
          const witness = await circuit.calculate({ in: field(a), multiplier });
          if (expected !== undefined) expect(signedOf(witness[1]!)).to.equal(expected);
        }
      });

      it("refuses an accumulator far out of range", async () => {
        const circuit = await compile(parameters);
        for (const a of [1n << 60n, -(1n << 60n), 1n << 200n]) {
          expect(await isRefused(circuit, { in: field(a), multiplier: mostMultiplier })).to.be.true;
        }
      });

      // Where all high bits are 0, IsZero's inverse meets only zeros: free, and without effect.
      for (const [branch, a, benign] of [
        ["inside its range", 1n << 20n, [INVERSE]],
        ["saturated above", edge - 1n, []],
        ["saturated below", -edge, []],
      ] as const) {
        it(`rejects every tampered wire and hint when ${branch}`, async () => {
          const circuit = await compile(parameters);
          const witness = await circuit.calculate({ in: field(a), multiplier: mostMultiplier });
          const hints = wiresNamed(circuit, HINTS);
          expect(hints).to.have.length.of.at.least(multiplierBits + accumulatorBits);
          expect(short(loneChanges(circuit, witness))).to.deep.equal(benign);
          expect(short(lyingHints(circuit, witness, hints))).to.deep.equal(benign);
          expect(short(freeNames(circuit, witness))).to.deep.equal(benign);
        });
      }

      it("has the committed constraint count", async () => {
        expectConstraintCount(`Rescale(${parameters.join(", ")})`, await compile(parameters));
      });
    });
  }

  for (const parameters of SMALL) {
    const [accumulatorBits, multiplierBits, shift, bits, signed] = parameters;

    it(`has just the right output, over all bits, for every input of Rescale(${parameters.join(", ")})`, async () => {
      const circuit = await compile(parameters);
      const bitWires = wiresNamed(circuit, BITS);
      const edge = 1n << BigInt(accumulatorBits - 1);
      for (let a = -edge; a < edge; a++) {
        for (let m = 0n; m < 1n << BigInt(multiplierBits); m++) {
          const inputs = new Map([
            [circuit.wireOf("main.in"), field(a)],
            [circuit.wireOf("main.multiplier"), m],
          ]);
          const solutions = solutionsOverBits(circuit, inputs, bitWires, [
            circuit.wireOf("main.out"),
          ]);
          const expected = rescaleReference(a, m, shift, bits, signed === 1);
          expect(solutions, `${a} * ${m}`).to.deep.equal([String(field(expected))]);
        }
      }
    });
  }
});
