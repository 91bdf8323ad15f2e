import { expect } from "chai";
import fc from "fast-check";
import {
  P,
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
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import type { TestCircuit } from "../helpers/circuit.ts";
import type { R1cs } from "../../offchain/prover/r1cs/readR1cs.ts";

const compile = (n: number) => compileCircuit(mainOf("lib/Bits", [n]));

describe("Bits", () => {
  it("equals the binary digits", async () => {
    const circuit = await compile(253);
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, (1n << 253n) - 1n), async (value) => {
        const witness = await circuit.calculate({ in: value });
        const bits = outputOf(circuit, witness, 253);
        expect(bits).to.deep.equal(bits.map((_, i) => (value >> BigInt(i)) & 1n));
      }),
      { seed: 1, numRuns: 30, examples: [[0n], [(1n << 253n) - 1n]] },
    );
  });

  describe("given an input out of range", () => {
    for (const value of [64n, -1n, 1n << 253n, P - 64n]) {
      it(`refuses ${value} as 6 bits`, async () => {
        expect(await isRefused(await compile(6), { in: value })).to.be.true;
      });
    }

    it("refuses 2^253, the least number with an alias below 2^254", async () => {
      expect(await isRefused(await compile(253), { in: 1n << 253n })).to.be.true;
    });
  });

  describe("given 4 bits, each tried as 0, 1, 2 and -1", () => {
    const solutionsOf = (circuit: TestCircuit, system: { readonly r1cs: R1cs }, value: bigint) => {
      const bits = wiresNamed(circuit, /^main\.out\[/);
      expect(bits).to.have.length(4);
      const inputs = new Map([[circuit.wireOf("main.in"), field(value)]]);
      return solutionsOverBits(system, inputs, bits, bits, [0n, 1n, 2n, field(-1n)]);
    };
    const isSound = (circuit: TestCircuit, system: { readonly r1cs: R1cs }) =>
      Array.from({ length: 24 }, (_, i) => BigInt(i) - 4n).every((value) => {
        const count = value >= 0n && value < 16n ? 1 : 0;
        return solutionsOf(circuit, system, value).length === count;
      });

    it("has one solution for each value in range, and none outside", async () => {
      const circuit = await compile(4);
      expect(isSound(circuit, circuit)).to.be.true;
    });

    it("would not without any one of its constraints", async () => {
      const circuit = await compile(4);
      const systems = sabotaged(circuit);
      expect(systems).to.have.length(5);
      for (const system of systems) expect(isSound(circuit, system)).to.be.false;
    });
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile(253);
    const witness = await circuit.calculate({ in: 0x5a5a_0ff0_1234n });
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(lyingHints(circuit, witness, wiresNamed(circuit, /out\[/))).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("Bits(253)", await compile(253));
  });

  it("refuses a width at which two bit strings are equal modulo p", async () => {
    const refused = await compile(254).then(
      () => false,
      () => true,
    );
    expect(refused).to.be.true;
  });
});
