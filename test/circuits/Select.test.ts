import { expect } from "chai";
import fc from "fast-check";
import { select } from "../../offchain/compiler/emit/templates.ts";
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

const ELEMENTS = 3;
const array = (most: bigint, least = -most) =>
  fc.array(fc.bigInt(least, most), { minLength: ELEMENTS, maxLength: ELEMENTS });
const compile = (name: string) => compileCircuit(mainOf(`layers/${name}`, [ELEMENTS]));

/** Its condition is assumed to be 0 or 1: the header says so. */
describe("Select", () => {
  it("equals the choice of each element", async () => {
    const circuit = await compile("Select");
    const values = array(1n << 60n);
    await fc.assert(
      fc.asyncProperty(array(1n, 0n), values, values, async (condition, left, right) => {
        const witness = await circuit.calculate({
          ...{ condition, left: left.map(field), right: right.map(field) },
        });
        const expected = condition.map((it, i) => (it === 1n ? left[i] : right[i]));
        expect(outputOf(circuit, witness, ELEMENTS).map(signedOf)).to.deep.equal(expected);
      }),
      { seed: 71, numRuns: 30 },
    );
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile("Select");
    const operands = { condition: [1n, 0n, 1n], left: [1n, 2n, 3n], right: [9n, 8n, 3n] };
    expectPinned(circuit, await circuit.calculate(operands), 0);
  });

  it("costs what the compiler says", async () => {
    const inputs = { condition: ELEMENTS, left: ELEMENTS, right: ELEMENTS };
    await expectCost(select({ elements: ELEMENTS }), inputs, ELEMENTS);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`Select(${ELEMENTS})`, await compile("Select"));
  });
});
