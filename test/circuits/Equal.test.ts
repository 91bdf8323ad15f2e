import { expect } from "chai";
import fc from "fast-check";
import { equal } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  mainOf,
  outputOf,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { expectCost } from "../helpers/templateCost.ts";

const ELEMENTS = 3;
const compile = () => compileCircuit(mainOf("layers/Equal", [ELEMENTS]));

describe("Equal", () => {
  it("equals the comparison", async () => {
    const circuit = await compile();
    const edge = 1n << 60n;
    const values = (most: bigint) =>
      fc.array(fc.bigInt(-most, most), { minLength: ELEMENTS, maxLength: ELEMENTS });
    await fc.assert(
      fc.asyncProperty(values(edge), values(1n), async (left, steps) => {
        const right = left.map((it, i) => it + steps[i]!);
        const operands = { left: left.map(field), right: right.map(field) };
        const expected = steps.map((it) => (it === 0n ? 1n : 0n));
        const witness = await circuit.calculate(operands);
        expect(outputOf(circuit, witness, ELEMENTS)).to.deep.equal(expected);
      }),
      { seed: 91, numRuns: 30 },
    );
  });

  it("rejects every tampered wire and hint, and leaves free only inverses of 0", async () => {
    const circuit = await compile();
    const operands = { left: [1n, 2n, field(-3n)], right: [1n, 3n, field(-3n)] };
    expectPinned(circuit, await circuit.calculate(operands), ELEMENTS, { inverses: 2 });
  });

  it("costs what the compiler says", async () => {
    const inputs = { left: ELEMENTS, right: ELEMENTS };
    await expectCost(equal({ elements: ELEMENTS }), inputs, ELEMENTS);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`Equal(${ELEMENTS})`, await compile());
  });
});
