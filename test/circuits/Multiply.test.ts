import { expect } from "chai";
import fc from "fast-check";
import { multiply } from "../../offchain/compiler/emit/templates.ts";
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
const compile = () => compileCircuit(mainOf("layers/Multiply", [ELEMENTS]));

/** The ranges of its inputs are assumed: the header says so. */
describe("Multiply", () => {
  it("equals the products", async () => {
    const circuit = await compile();
    const edge = 1n << 30n;
    const values = fc.array(fc.bigInt(-edge, edge), { minLength: ELEMENTS, maxLength: ELEMENTS });
    await fc.assert(
      fc.asyncProperty(values, values, async (left, right) => {
        const operands = { left: left.map(field), right: right.map(field) };
        const witness = await circuit.calculate(operands);
        const expected = left.map((it, i) => it * right[i]!);
        expect(outputOf(circuit, witness, ELEMENTS).map(signedOf)).to.deep.equal(expected);
      }),
      { seed: 81, numRuns: 30 },
    );
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile();
    const operands = { left: [1n, 2n, 3n], right: [9n, 0n, field(-3n)] };
    expectPinned(circuit, await circuit.calculate(operands), 0);
  });

  it("costs what the compiler says, less for factors that are constants", async () => {
    const template = multiply({ elements: ELEMENTS });
    await expectCost(template, { left: ELEMENTS, right: ELEMENTS }, ELEMENTS);
    const half = multiply({ elements: ELEMENTS, constants: 2 });
    await expectCost(half, { left: ELEMENTS, right: "[5, rest[0], -7]" }, ELEMENTS, { rest: 1 });
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`Multiply(${ELEMENTS})`, await compile());
  });
});
