import { expect } from "chai";
import fc from "fast-check";
import {
  P,
  compileCircuit,
  expectConstraintCount,
  freeNames,
  loneChanges,
  mainOf,
  outputOf,
} from "../helpers/circuit.ts";
import { hashReference } from "../helpers/packing.ts";

const element = fc.bigInt(0n, P - 1n);
const list = (length: number) => fc.array(element, { minLength: length, maxLength: length });

/** Without hints and range checks: every field element is a word. */
describe("HashWords", () => {
  // One full block and one of a single word.
  const compile = () => compileCircuit(mainOf("commitments/HashWords", [1, 16]));

  it("equals the chain of Poseidon", async () => {
    const circuit = await compile();
    await fc.assert(
      fc.asyncProperty(list(16), async (words) => {
        const witness = await circuit.calculate({ words });
        expect(outputOf(circuit, witness, 1)).to.deep.equal([hashReference(1, words)]);
      }),
      { seed: 12, numRuns: 20 },
    );
  });

  it("differs by tag and by length", async () => {
    const other = await compileCircuit(mainOf("commitments/HashWords", [2, 3]));
    const words = [1n, 2n, 0n];
    const hash = (await other.calculate({ words }))[1];
    expect(hash).to.equal(hashReference(2, words));
    expect(hash).not.to.equal(hashReference(1, words));
    expect(hash).not.to.equal(hashReference(2, [1n, 2n]));
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile();
    const words = Array.from({ length: 16 }, (_, i) => BigInt(i) ** 40n);
    const witness = await circuit.calculate({ words });
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("HashWords(1, 16)", await compile());
  });
});

describe("Commitment", () => {
  const compile = () => compileCircuit(mainOf("commitments/Commitment", [2, 2]));

  it("equals the hash of salt and words", async () => {
    const circuit = await compile();
    await fc.assert(
      fc.asyncProperty(element, list(2), async (salt, words) => {
        const witness = await circuit.calculate({ salt, words });
        expect(outputOf(circuit, witness, 1)).to.deep.equal([hashReference(2, [salt, ...words])]);
      }),
      { seed: 13, numRuns: 20 },
    );
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile();
    const witness = await circuit.calculate({ salt: 7n, words: [1n, 2n] });
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("Commitment(2, 2)", await compile());
  });
});
