import { expect } from "chai";
import fc from "fast-check";
import { combine } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  loneChanges,
  mainOf,
  outputOf,
  signedOf,
} from "../helpers/circuit.ts";
import { expectCost } from "../helpers/templateCost.ts";

const [TERMS, ELEMENTS] = [3, 4];
const compile = () => compileCircuit(mainOf("layers/Combine", [TERMS, ELEMENTS]));

/** Without hints and range checks: the header says that the ranges are assumed. */
describe("Combine", () => {
  it("equals the weighted sum", async () => {
    const circuit = await compile();
    const value = fc.bigInt(-(1n << 15n), 1n << 15n);
    const list = (length: number) => fc.array(value, { minLength: length, maxLength: length });
    await fc.assert(
      fc.asyncProperty(list(TERMS * ELEMENTS), list(TERMS), async (input, multipliers) => {
        const witness = await circuit.calculate({
          in: input.map(field),
          multipliers: multipliers.map(field),
        });
        const expected = Array.from({ length: ELEMENTS }, (_, i) =>
          multipliers.reduce((sum, it, k) => sum + it * input[k * ELEMENTS + i]!, 0n),
        );
        const actual = outputOf(circuit, witness, ELEMENTS).map(signedOf);
        expect(actual).to.deep.equal(expected);
      }),
      { seed: 7, numRuns: 30 },
    );
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile();
    const input = Array.from({ length: TERMS * ELEMENTS }, (_, i) => BigInt(i));
    const witness = await circuit.calculate({ in: input, multipliers: [3n, 0n, 5n] });
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("costs what the compiler says, less for multipliers that are constants", async () => {
    const tensors = "[[a[0], a[1]], [b[0], b[1]]]";
    const declared = { a: 2, b: 2 };
    await expectCost(combine(2, 2), { in: tensors, multipliers: 2 }, 2, declared);
    const half = combine(2, 2, 1);
    await expectCost(half, { in: tensors, multipliers: "[m[0], -3]" }, 2, { ...declared, m: 1 });
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`Combine(${TERMS}, ${ELEMENTS})`, await compile());
  });
});
