import { expect } from "chai";
import fc from "fast-check";
import { rescaleTensor } from "../../offchain/compiler/emit/templates.ts";
import type { RescaleSpec } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  outputOf,
  sabotaged,
  signedOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import type { TestCircuit } from "../helpers/circuit.ts";
import type { R1cs } from "../../offchain/prover/r1cs/readR1cs.ts";
import { IS_DEEP } from "../helpers/deepOnly.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { rescaleReference } from "../helpers/rescale.ts";
import { expectCost } from "../helpers/templateCost.ts";

type Parameters = readonly [
  least: bigint,
  most: bigint,
  multiplier: number,
  shift: number,
  bits: number,
  signed: number,
];

const compile = (parameters: Parameters) => compileCircuit(mainOf("lib/Rescale", parameters));
const BITS = /sumBits\[|Bits_.*\.out\[/;

/** One for each way to clamp, and for each count of bits that tell of values above the output's range. */
const CASES: Readonly<Record<string, Parameters>> = {
  "both clamps, a multiplier": [-(1n << 32n), (1n << 32n) - 1n, 20, 35, 8, 0],
  "both clamps, a wide output": [-(1n << 32n), (1n << 32n) - 1n, 20, 12, 32, 1],
  "both clamps, one bit above the output's": [-300_000n, 500_000n, 0, 11, 7, 1],
  "a clamp below": [-70_000n, 250_000n, 0, 10, 8, 0],
  "a clamp below of few values": [-1000n, 261_000n, 0, 10, 8, 0],
  "a clamp above": [0n, 10_000_000n, 0, 12, 8, 0],
  "a clamp above, one bit above the output's": [-100_000n, 200_000n, 0, 11, 8, 1],
  "no clamp": [-1_000_000n, 900_000n, 0, 13, 8, 1],
  "no clamp, a multiplier": [-900n, 800n, 10, 13, 8, 1],
  "no shift, a clamp below": [-5000n, 4000n, 0, 0, 12, 0],
};

/** Small enough to try every bit, again for each way to clamp; without one the output is a sum of bits. */
const SMALL: readonly Parameters[] = [
  [-8n, 7n, 2, 2, 2, 0],
  [-8n, 7n, 2, 2, 2, 1],
  [-20n, 21n, 0, 2, 1, 0],
  [-9n, 5n, 0, 1, 3, 0],
  [-4n, 40n, 0, 2, 2, 1],
  [1n, 30n, 0, 1, 3, 0],
  [-9n, 6n, 0, 0, 3, 0],
];

describe("Rescale", () => {
  for (const [name, parameters] of Object.entries(CASES)) {
    const [least, most, multiplierBits, shift, bits, signed] = parameters;
    const mostMultiplier = multiplierBits === 0 ? 1n : (1n << BigInt(multiplierBits)) - 1n;
    const leastMultiplier = multiplierBits === 0 ? 1n : 0n;
    const expected = (a: bigint, m: bigint) => rescaleReference(a, m, shift, bits, signed === 1);

    describe(`given ${name}: Rescale(${parameters.join(", ")})`, () => {
      it("equals the rounding rule, both ends of accumulator and multiplier included", async () => {
        const circuit = await compile(parameters);
        const near = fc.bigInt(-2n << BigInt(shift), 2n << BigInt(shift));
        const accumulator = fc.oneof(
          fc.bigInt(least, most),
          near.map((it) => (it < least ? least : it > most ? most : it)),
        );
        await fc.assert(
          fc.asyncProperty(
            accumulator,
            fc.bigInt(leastMultiplier, mostMultiplier),
            async (a, m) => {
              const witness = await circuit.calculate({ in: field(a), multiplier: m });
              const [out] = outputOf(circuit, witness, 1);
              expect(signedOf(out!)).to.equal(expected(a, m));
            },
          ),
          {
            seed: 4,
            numRuns: IS_DEEP ? 100 : 40,
            examples: [least, most, least > 0n ? least : 0n].flatMap((a) =>
              [leastMultiplier, mostMultiplier].map((m): [bigint, bigint] => [a, m]),
            ),
          },
        );
      });

      it("rounds ties up, on both sides of 0 and at the clamps", async () => {
        const circuit = await compile(parameters);
        const step = 1n << BigInt(shift);
        const [lo, hi] = [expected(-(1n << 60n), 1n), expected(1n << 60n, 1n)];
        for (const quotient of [-2n, -1n, 0n, 1n, lo - 1n, lo, lo + 1n, hi, hi + 1n]) {
          for (const offset of [-1n, 0n]) {
            const a = quotient * step - step / 2n + offset;
            if (a < least || a > most) continue;
            const witness = await circuit.calculate({ in: field(a), multiplier: 1n });
            expect(signedOf(witness[1]!), String(a)).to.equal(expected(a, 1n));
          }
        }
      });

      it("refuses an accumulator far out of range", async () => {
        const circuit = await compile(parameters);
        for (const a of [1n << 60n, -(1n << 60n), 1n << 200n]) {
          expect(await isRefused(circuit, { in: field(a), multiplier: mostMultiplier })).to.be.true;
        }
      });

      for (const [where, a] of [
        ["in the middle", (least + most) >> 1n],
        ["at its least", least],
        ["at its most", most],
      ] as const) {
        it(`rejects every tampered wire and hint for an accumulator ${where}`, async () => {
          const circuit = await compile(parameters);
          const witness = await circuit.calculate({ in: field(a), multiplier: mostMultiplier });
          const hasInverse = wiresNamed(circuit, /inverse$/).length > 0;
          const isInside =
            (a * mostMultiplier + (1n << BigInt(shift)) / 2n) >> BigInt(shift) ===
            expected(a, mostMultiplier);
          // Where no bit is outside the output's range, IsZero's inverse meets only zeros: free, and without effect.
          const inverses = hasInverse && isInside ? 1 : 0;
          // Without a clamp the optimizer has the output stand for a bit.
          expectPinned(circuit, witness, shift, { inverses, more: /^main\.out$/ });
        });
      }

      it("has the committed constraint count", async () => {
        expectConstraintCount(`Rescale(${parameters.join(", ")})`, await compile(parameters));
      });

      it("costs what the compiler says", async () => {
        const spec: RescaleSpec = {
          input: { lo: least, hi: most },
          multiplierBits: multiplierBits === 0 ? undefined : multiplierBits,
          shift,
          output: { bits, signed: signed === 1 },
        };
        const multipliers = multiplierBits === 0 ? "[1]" : 1;
        await expectCost(rescaleTensor(2, 1, spec), { in: 2, multipliers }, 2);
      });
    });
  }

  it("costs at most 28 for a ReLU and a clamp on 24 bits, and less on fewer", () => {
    const cost = (bits: bigint) =>
      rescaleTensor(1, 1, {
        input: { lo: -(1n << (bits - 1n)), hi: (1n << (bits - 1n)) - 1n },
        multiplierBits: undefined,
        shift: 10,
        output: { bits: 8, signed: false },
      }).constraints;
    expect(cost(24n)).to.equal(28);
    expect(cost(23n)).to.equal(27);
  });

  for (const parameters of SMALL) {
    const [least, most, multiplierBits, shift, bits, signed] = parameters;
    const multipliers =
      multiplierBits === 0
        ? [1n]
        : Array.from({ length: 1 << multiplierBits }, (_, i) => BigInt(i));

    /** First input for which the system has not just the right output. */
    const firstUnsound = (circuit: TestCircuit, system: { readonly r1cs: R1cs }) => {
      const bitWires = wiresNamed(circuit, BITS);
      const results = [circuit.wireOf("main.out")];
      for (let a = least; a <= most; a++) {
        for (const m of multipliers) {
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

      it("would not without any one constraint, those that make bits of bits apart", async () => {
        const circuit = await compile(parameters);
        const bitWires = new Set([0, ...wiresNamed(circuit, BITS)]);
        const systems = sabotaged(circuit).filter((_, index) => {
          const { a, b, c } = circuit.r1cs.constraints[index]!;
          const wires = new Set([...a, ...b, ...c].map((it) => it[0]));
          // One bit with the constant: tried as 0 and 1 only, its constraint is redundant here. See Bits.
          return !(wires.size <= 2 && [...wires].every((it) => bitWires.has(it)));
        });
        expect(systems).to.have.length.of.at.least(1);
        for (const system of systems) expect(firstUnsound(circuit, system)).to.be.a("string");
      });
    });
  }
});
