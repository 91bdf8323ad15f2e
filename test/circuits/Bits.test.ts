import { expect } from "chai";
import fc from "fast-check";
import {
  P,
  compileCircuit,
  expectConstraintCount,
  freeNames,
  isRefused,
  loneChanges,
  lyingHints,
  mainOf,
  outputOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";

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

  it("has one solution for each of its values, and none outside", async () => {
    const circuit = await compile(6);
    const bits = wiresNamed(circuit, /^main\.out\[/);
    expect(bits).to.have.length(6);
    for (let value = -3n; value < 70n; value++) {
      const inputs = new Map([[circuit.wireOf("main.in"), (value + P) % P]]);
      const solutions = solutionsOverBits(circuit, inputs, bits, bits);
      expect(solutions, String(value)).to.have.length(value >= 0n && value < 64n ? 1 : 0);
    }
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
