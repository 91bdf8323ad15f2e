import { expect } from "chai";
import fc from "fast-check";
import { lookup } from "../../offchain/compiler/emit/templates.ts";
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
import { expectPinned } from "../helpers/expectPinned.ts";
import { expectCost } from "../helpers/templateCost.ts";

type Table = Omit<Parameters<typeof lookup>[0], "elements">;

/** Entries without a pattern, of both signs. */
const scattered = (count: number, seed: number) =>
  Array.from({ length: count }, (_, h) => BigInt(((h * 7919 + seed) * 104_729) % 65_537) - 30_000n);
const constant = (count: number, value: bigint) => Array.from({ length: count }, () => value);

const TABLES: Readonly<Record<string, Table>> = {
  "7 bits of points and 5 between": {
    ...{ input: { bits: 12, signed: true }, lowBits: 5 },
    ...{ base: scattered(128, 3), slope: scattered(128, 8) },
  },
  "an entry for each of 8 bits": {
    ...{ input: { bits: 8, signed: false }, lowBits: 0 },
    ...{ base: scattered(256, 5), slope: constant(256, 0n) },
  },
  "steps, without slopes": {
    ...{ input: { bits: 7, signed: true }, lowBits: 3 },
    ...{ base: scattered(16, 1), slope: constant(16, 0n) },
  },
  "halves that differ by constants": {
    ...{ input: { bits: 7, signed: true }, lowBits: 2 },
    ...{ base: [...scattered(16, 1), ...constant(16, 77n)], slope: constant(32, 9n) },
  },
  "one straight line": {
    ...{ input: { bits: 4, signed: true }, lowBits: 4, base: [-100n], slope: [13n] },
  },
};

const compile = (table: Table) =>
  compileCircuit(mainOf("layers/Lookup", lookup({ ...table, elements: 1 }).parameters));
const leastOf = ({ input: { bits, signed } }: Table) => (signed ? -(1n << BigInt(bits - 1)) : 0n);

function entryOf(table: Table, value: bigint): bigint {
  const u = value - leastOf(table);
  const h = Number(u >> BigInt(table.lowBits));
  return table.base[h]! + table.slope[h]! * (u - (BigInt(h) << BigInt(table.lowBits)));
}

describe("Lookup", () => {
  for (const [name, table] of Object.entries(TABLES)) {
    const least = leastOf(table);
    const most = least + (1n << BigInt(table.input.bits)) - 1n;

    describe(`given ${name}`, () => {
      it("equals the table at every argument, or at 200 and both ends", async () => {
        const circuit = await compile(table);
        const all = Array.from({ length: Math.min(200, Number(most - least) + 1) }, (_, i) => i);
        const values = [...all.map((it) => least + BigInt(it)), most, (least + most) / 2n];
        await fc.assert(
          fc.asyncProperty(fc.bigInt(least, most), async (value) => {
            const witness = await circuit.calculate({ in: [field(value)] });
            expect(outputOf(circuit, witness, 1).map(signedOf)).to.deep.equal([
              entryOf(table, value),
            ]);
          }),
          { seed: 17, numRuns: 300, examples: values.map((it): [bigint] => [it]) },
        );
      });

      it("refuses both neighbours of its range", async () => {
        const circuit = await compile(table);
        expect(await isRefused(circuit, { in: [field(least - 1n)] })).to.be.true;
        expect(await isRefused(circuit, { in: [most + 1n] })).to.be.true;
      });

      it("rejects every tampered wire and hint, and leaves none free", async () => {
        const circuit = await compile(table);
        for (const value of [least, 0n, 3n, most]) {
          const witness = await circuit.calculate({ in: [field(value)] });
          expectPinned(circuit, witness, table.input.bits - 1, { more: /^main\.out/ });
        }
      });

      it("costs what the compiler says", async () => {
        await expectCost(lookup({ ...table, elements: 2 }), { in: 2 }, 2);
      });

      it("has the committed constraint count", async () => {
        const title = `Lookup of ${table.input.bits} bits, ${name}`;
        expectConstraintCount(title, await compile(table));
      });
    });
  }

  it("costs 26 beside the bits for 128 points with slopes, and 26 for 256 entries", () => {
    const [sloped, stepped] = Object.values(TABLES);
    expect(lookup({ ...sloped!, elements: 1 }).constraints).to.equal(12 + 26);
    expect(lookup({ ...stepped!, elements: 1 }).constraints).to.equal(8 + 26);
  });

  describe("given 5 bits, each tried as 0 and 1", () => {
    const table: Table = {
      ...{ input: { bits: 5, signed: true }, lowBits: 2 },
      ...{ base: scattered(8, 2), slope: scattered(8, 4) },
    };

    /** First argument of which the system has not just the right value. */
    const firstUnsound = (circuit: TestCircuit, system: { readonly r1cs: R1cs }) => {
      const bits = wiresNamed(circuit, /digits\[|Bits.*\.out\[/);
      const out = circuit.wireOf("main.out[0]");
      for (let value = -20n; value < 20n; value++) {
        const inputs = new Map([[circuit.wireOf("main.in[0]"), field(value)]]);
        const solutions = solutionsOverBits(system, inputs, bits, [out]);
        const expected = value >= -16n && value < 16n ? [String(field(entryOf(table, value)))] : [];
        if (solutions.join(";") !== expected.join(";")) return value;
      }
      return undefined;
    };

    it("has just the right value for each argument in range, and none outside", async () => {
      const circuit = await compile(table);
      expect(firstUnsound(circuit, circuit)).to.equal(undefined);
    });

    it("would not without any one constraint, those that make bits of bits apart", async () => {
      const circuit = await compile(table);
      const bitWires = new Set([0, ...wiresNamed(circuit, /digits\[|Bits.*\.out\[/)]);
      const systems = sabotaged(circuit).filter((_, index) => {
        const { a, b, c } = circuit.r1cs.constraints[index]!;
        const wires = new Set([...a, ...b, ...c].map((it) => it[0]));
        return !(wires.size <= 2 && [...wires].every((it) => bitWires.has(it)));
      });
      expect(systems).to.have.length.of.at.least(4);
      for (const system of systems) expect(firstUnsound(circuit, system)).to.be.a("bigint");
    });
  });
});
