import { expect } from "chai";
import fc from "fast-check";
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

const N = 130; // two levels of halving, of odd length
const compile = () => compileCircuit(mainOf("lib/DotProduct", [N]));

/** Without hints and range checks: the header says that the ranges are assumed. */
describe("DotProduct", () => {
  it("equals the sum of products", async () => {
    const circuit = await compile();
    const vector = fc.array(fc.bigInt(-(1n << 31n), 1n << 31n), { minLength: N, maxLength: N });
    await fc.assert(
      fc.asyncProperty(vector, vector, async (a, b) => {
        const witness = await circuit.calculate({ a: a.map(field), b: b.map(field) });
        const expected = a.reduce((sum, it, i) => sum + it * b[i]!, 0n);
        expect(outputOf(circuit, witness, 1).map(signedOf)).to.deep.equal([expected]);
      }),
      { seed: 5, numRuns: 20 },
    );
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile();
    const a = Array.from({ length: N }, (_, i) => BigInt(i % 7));
    const witness = await circuit.calculate({ a, b: a });
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`DotProduct(${N})`, await compile());
  });
});
