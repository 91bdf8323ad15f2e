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
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";

const compile = (elements: number, bits: number) =>
  compileCircuit(mainOf("layers/Relu", [elements, bits]));
const HINTS = /digitBits\[|Bits_.*\.out\[/;

describe("Relu", () => {
  it("equals max(x, 0)", async () => {
    const circuit = await compile(3, 24);
    const edge = 1n << 23n;
    const input = fc.array(fc.bigInt(-edge, edge - 1n), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(input, async (values) => {
        const witness = await circuit.calculate({ in: values.map(field) });
        const expected = values.map((it) => (it > 0n ? it : 0n));
        expect(outputOf(circuit, witness, 3)).to.deep.equal(expected);
      }),
      { seed: 8, numRuns: 40, examples: [[[-edge, edge - 1n, 0n]], [[-1n, 1n, 0n]]] },
    );
  });

  it("refuses both neighbours of its range", async () => {
    const circuit = await compile(3, 24);
    for (const value of [-(1n << 23n) - 1n, 1n << 23n]) {
      expect(await isRefused(circuit, { in: [0n, field(value), 0n] })).to.be.true;
    }
  });

  it("has just the right output, over all bits, for each element in range, and none outside", async () => {
    const circuit = await compile(1, 5);
    const bits = wiresNamed(circuit, HINTS);
    for (let value = -40n; value < 40n; value++) {
      const inputs = new Map([[circuit.wireOf("main.in[0]"), field(value)]]);
      const solutions = solutionsOverBits(circuit, inputs, bits, [circuit.wireOf("main.out[0]")]);
      const inside = value >= -16n && value < 16n;
      expect(solutions).to.deep.equal(inside ? [String(value > 0n ? value : 0n)] : []);
    }
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile(3, 24);
    const witness = await circuit.calculate({ in: [5n, field(-5n), 0n] });
    const hints = wiresNamed(circuit, HINTS);
    expect(hints).to.have.length.of.at.least(3 * 23);
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(lyingHints(circuit, witness, hints)).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("Relu(3, 24)", await compile(3, 24));
  });
});
