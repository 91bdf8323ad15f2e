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
  sabotaged,
  signedOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import type { TestCircuit } from "../helpers/circuit.ts";
import type { R1cs } from "../../offchain/prover/r1cs/readR1cs.ts";
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
  [3, 1, 4, 2, 1], // never saturates, so it can do without the clamp's constraints
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
    const edge = 1n << BigInt(accumulatorBits - 1);

    /** First input for which the system has not just the right output. */
    const firstUnsound = (circuit: TestCircuit, system: { readonly r1cs: R1cs }) => {
      const bitWires = wiresNamed(circuit, BITS);
      const results = [circuit.wireOf("main.out")];
      for (let a = -edge; a < edge; a++) {
        for (let m = 0n; m < 1n << BigInt(multiplierBits); m++) {
          const inputs = new Map([
            [circuit.wireOf("main.in"), field(a)],
            [circuit.wireOf("main.multiplier"), m],
          ]);
          const expected = field(rescaleReference(a, m, shift, bits, signed === 1));
          const solutions = solutionsOverBits(system, inputs, bitWires, results);
          if (solutions.join(";") !== String(expected)) return `${a} * ${m}`;
        }
      }
      return undefined;
    };

    describe(`given Rescale(${parameters.join(", ")}), small enough to try every bit`, () => {
      it("has just the right output for every input", async () => {
        const circuit = await compile(parameters);
        expect(firstUnsound(circuit, circuit)).to.equal(undefined);
      });

      if (shift > accumulatorBits) return;

      it("would not without any one constraint, those that make bits of bits apart", async () => {
        const circuit = await compile(parameters);
        const bitWires = new Set([0, ...wiresNamed(circuit, BITS)]);
        const systems = sabotaged(circuit).filter((_, index) => {
          const { a, b, c } = circuit.r1cs.constraints[index]!;
          const wires = new Set([...a, ...b, ...c].map((it) => it[0]));
          // One bit with the constant: tried as 0 and 1 only, its constraint is redundant here. See Bits.
          return !(wires.size <= 2 && [...wires].every((it) => bitWires.has(it)));
        });
        expect(systems).to.have.length.of.at.least(5);
        for (const system of systems) expect(firstUnsound(circuit, system)).to.be.a("string");
      });
    });
  }
});
