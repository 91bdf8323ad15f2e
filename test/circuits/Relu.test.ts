import { expect } from "chai";
import fc from "fast-check";
import { relu } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  outputOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { expectCost } from "../helpers/templateCost.ts";

const compile = (elements: number, least: bigint, most: bigint) =>
  compileCircuit(mainOf("layers/Relu", relu(elements, { lo: least, hi: most }).parameters));
const EDGE = 1n << 23n;

describe("Relu", () => {
  for (const [least, most] of [
    [-EDGE, EDGE - 1n],
    [-EDGE, 100n],
    [-100n, EDGE],
    [5n, EDGE],
    [-EDGE, 0n],
  ] as const) {
    it(`equals max(x, 0) from ${least} to ${most}`, async () => {
      const circuit = await compile(3, least, most);
      const input = fc.array(fc.bigInt(least, most), { minLength: 3, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(input, async (values) => {
          const witness = await circuit.calculate({ in: values.map(field) });
          const expected = values.map((it) => (it > 0n ? it : 0n));
          expect(outputOf(circuit, witness, 3)).to.deep.equal(expected);
        }),
        {
          seed: 8,
          numRuns: 40,
          examples: [[[least, most, most - 1n]], [[least, least + 1n, most]]],
        },
      );
    });

    it(`costs what the compiler says from ${least} to ${most}`, async () => {
      const outputs = most > 0n ? 3 : 0;
      if (outputs > 0) await expectCost(relu(3, { lo: least, hi: most }), { in: 3 }, outputs);
    });
  }

  it("refuses both neighbours of its range", async () => {
    const circuit = await compile(3, -EDGE, EDGE);
    for (const value of [-(2n * EDGE) - 1n, 2n * EDGE + 1n]) {
      expect(await isRefused(circuit, { in: [0n, field(value), 0n] })).to.be.true;
    }
  });

  for (const [least, most] of [
    [-16n, 15n],
    [-3n, 9n],
    [-16n, 16n],
  ] as const) {
    it(`has just the right output, over all bits, for each element from ${least} to ${most}`, async () => {
      const circuit = await compile(1, least, most);
      const bits = wiresNamed(circuit, /sumBits\[|Bits_.*\.out\[/);
      for (let value = -40n; value < 40n; value++) {
        const inputs = new Map([[circuit.wireOf("main.in[0]"), field(value)]]);
        const solutions = solutionsOverBits(circuit, inputs, bits, [circuit.wireOf("main.out[0]")]);
        const expected = String(value > 0n ? value : 0n);
        // Outside the range it is refused or right all the same.
        if (least <= value && value <= most) expect(solutions).to.deep.equal([expected]);
        else expect([[], [expected]]).to.deep.include(solutions);
      }
    });
  }

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile(3, -EDGE, EDGE - 1n);
    const witness = await circuit.calculate({ in: [5n, field(-5n), 0n] });
    expectPinned(circuit, witness, 3 * 23);
  });

  it("has the committed constraint count", async () => {
    const name = `Relu(3, ${-EDGE}, ${EDGE - 1n})`;
    expectConstraintCount(name, await compile(3, -EDGE, EDGE - 1n));
  });
});
