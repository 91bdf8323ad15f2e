import { expect } from "chai";
import fc from "fast-check";
import { lessOrEqual } from "../../offchain/compiler/emit/templates.ts";
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

const compile = (lo: bigint, hi: bigint, elements = 2) =>
  compileCircuit(
    mainOf("layers/LessOrEqual", lessOrEqual({ elements, difference: { lo, hi } }).parameters),
  );

describe("LessOrEqual", () => {
  for (const [lo, hi] of [
    [-510n, 255n],
    [-(1n << 40n), (1n << 40n) - 1n],
    [-1n, 1n << 30n],
    [0n, 9n],
    [-9n, -1n],
  ] as const) {
    it(`equals the comparison for differences from ${lo} to ${hi}`, async () => {
      const circuit = await compile(lo, hi);
      const left = fc.bigInt(-1000n, 1000n);
      const near = fc.oneof(fc.constantFrom(lo, hi), fc.bigInt(lo, hi), fc.bigInt(-2n, 2n));
      const difference = near.map((it) => (it < lo ? lo : it > hi ? hi : it));
      await fc.assert(
        fc.asyncProperty(left, difference, difference, async (a, first, second) => {
          const witness = await circuit.calculate({
            left: [field(a), field(a + 1n)],
            right: [field(a + first), field(a + 1n + second)],
          });
          const expected = [first, second].map((it) => (it >= 0n ? 1n : 0n));
          expect(outputOf(circuit, witness, 2)).to.deep.equal(expected);
        }),
        { seed: 41, numRuns: 60 },
      );
    });

    if (lo < 0n && hi >= 0n) {
      it(`costs what the compiler says from ${lo} to ${hi}`, async () => {
        const template = lessOrEqual({ elements: 3, difference: { lo, hi } });
        await expectCost(template, { left: 3, right: 3 }, 3);
      });
    } else {
      it(`costs nothing from ${lo} to ${hi}`, () => {
        const template = lessOrEqual({ elements: 3, difference: { lo, hi } });
        expect(template.constraints).to.equal(0);
      });
    }
  }

  it("refuses a difference that is a bit wider", async () => {
    const circuit = await compile(-512n, 511n, 1);
    for (const it of [-513n, 512n]) {
      expect(await isRefused(circuit, { left: [0n], right: [field(it)] })).to.be.true;
    }
  });

  it("has just the right output, over all bits, for each difference, and none outside", async () => {
    const circuit = await compile(-8n, 7n, 1);
    const bits = wiresNamed(circuit, /Bits.*\.out\[|digits\[|main\.out/);
    for (let difference = -20n; difference < 20n; difference++) {
      const inputs = new Map([
        [circuit.wireOf("main.left[0]"), 5n],
        [circuit.wireOf("main.right[0]"), field(5n + difference)],
      ]);
      const solutions = solutionsOverBits(circuit, inputs, bits, [circuit.wireOf("main.out[0]")]);
      const inside = difference >= -8n && difference < 8n;
      expect(solutions).to.deep.equal(inside ? [difference >= 0n ? "1" : "0"] : []);
    }
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile(-510n, 255n);
    const witness = await circuit.calculate({ left: [7n, 300n], right: [7n, 299n] });
    expectPinned(circuit, witness, 2 * 9, { more: /^main\.out/ });
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("LessOrEqual(2, -510, 255)", await compile(-510n, 255n));
  });
});
