import { expect } from "chai";
import fc from "fast-check";
import { reduceSum } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  mainOf,
  outputOf,
  signedOf,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { expectCost } from "../helpers/templateCost.ts";

const [ROWS, LENGTH] = [2, 150];
const template = reduceSum({ rows: ROWS, length: LENGTH });
const compile = () => compileCircuit(mainOf("layers/ReduceSum", template.parameters));

/** The range of its input is assumed: the header says so. */
describe("ReduceSum", () => {
  it("equals the sum of each row", async () => {
    const circuit = await compile();
    const edge = 1n << 40n;
    const values = fc.array(fc.bigInt(-edge, edge), {
      minLength: ROWS * LENGTH,
      maxLength: ROWS * LENGTH,
    });
    await fc.assert(
      fc.asyncProperty(values, async (input) => {
        const witness = await circuit.calculate({ in: input.map(field) });
        const expected = Array.from({ length: ROWS }, (_, r) =>
          input.slice(r * LENGTH, (r + 1) * LENGTH).reduce((sum, it) => sum + it),
        );
        expect(outputOf(circuit, witness, ROWS).map(signedOf)).to.deep.equal(expected);
      }),
      { seed: 61, numRuns: 20 },
    );
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile();
    const input = Array.from({ length: ROWS * LENGTH }, (_, i) => BigInt(i));
    expectPinned(circuit, await circuit.calculate({ in: input }), 0);
  });

  it("costs nothing", async () => {
    expect(template.constraints).to.equal(0);
    await expectCost(template, { in: ROWS * LENGTH }, ROWS);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`ReduceSum(${ROWS}, ${LENGTH})`, await compile());
  });
});
