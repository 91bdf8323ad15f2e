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

const compile = (n: number, signed: 0 | 1) => compileCircuit(mainOf("lib/Digit", [n, signed]));
const HINTS = /\.out\[/;
/** A bit that was not constrained to 0 and 1 would find other values here. */
const DOMAIN = [0n, 1n, 2n, field(-1n)];

describe("Digit", () => {
  for (const signed of [0, 1] as const) {
    const [least, most] = signed ? [-8n, 7n] : [0n, 15n];

    describe(`given a width of 4 bits, signed = ${signed}`, () => {
      it("equals the element minus the least one", async () => {
        const circuit = await compile(4, signed);
        await fc.assert(
          fc.asyncProperty(fc.bigInt(least, most), async (value) => {
            const witness = await circuit.calculate({ in: field(value) });
            expect(outputOf(circuit, witness, 1)).to.deep.equal([value - least]);
          }),
          { seed: 2, numRuns: 40, examples: [[least], [most]] },
        );
      });

      it("refuses both neighbours of its range", async () => {
        const circuit = await compile(4, signed);
        expect(await isRefused(circuit, { in: field(least - 1n) })).to.be.true;
        expect(await isRefused(circuit, { in: field(most + 1n) })).to.be.true;
      });

      it("has one solution for each element in range, and none outside", async () => {
        const circuit = await compile(4, signed);
        const bits = wiresNamed(circuit, HINTS);
        for (let value = least - 10n; value <= most + 10n; value++) {
          const inputs = new Map([[circuit.wireOf("main.in"), field(value)]]);
          const solutions = solutionsOverBits(
            circuit,
            inputs,
            bits,
            [circuit.wireOf("main.out")],
            DOMAIN,
          );
          const inside = value >= least && value <= most;
          expect(solutions).to.deep.equal(inside ? [String(value - least)] : []);
        }
      });

      it("rejects every tampered wire and hint, and leaves none free", async () => {
        const circuit = await compile(4, signed);
        const witness = await circuit.calculate({ in: 5n });
        expect(wiresNamed(circuit, HINTS)).to.have.length.of.at.least(3);
        expect(loneChanges(circuit, witness)).to.deep.equal([]);
        expect(lyingHints(circuit, witness, wiresNamed(circuit, HINTS))).to.deep.equal([]);
        expect(freeNames(circuit, witness)).to.deep.equal([]);
      });

      it("has the committed constraint count", async () => {
        expectConstraintCount(`Digit(4, ${signed})`, await compile(4, signed));
      });
    });
  }
});
