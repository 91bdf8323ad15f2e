import { expect } from "chai";
import fc from "fast-check";
import {
  P,
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  loneChanges,
  lyingHints,
  mainOf,
  outputOf,
  solve,
} from "../helpers/circuit.ts";

const compile = () => compileCircuit(mainOf("lib/IsZero", []));

const SABOTAGED = `pragma circom 2.2.0;

template IsZeroWithoutItsSecondConstraint() {
    signal input in;
    signal output out;

    signal inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
}

component main = IsZeroWithoutItsSecondConstraint();
`;

describe("IsZero", () => {
  it("equals the comparison", async () => {
    const circuit = await compile();
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, P - 1n), async (value) => {
        const witness = await circuit.calculate({ in: value });
        expect(outputOf(circuit, witness, 1)).to.deep.equal([value === 0n ? 1n : 0n]);
      }),
      { seed: 3, numRuns: 40, examples: [[0n], [1n], [P - 1n]] },
    );
  });

  it("takes any field element, so that there is nothing to refuse: p is 0", async () => {
    const circuit = await compile();
    expect((await circuit.calculate({ in: P }))[1]).to.equal(1n);
  });

  it("admits no other output, whatever the hint", async () => {
    const circuit = await compile();
    const [input, output, inverse] = ["main.in", "main.out", "main.inverse"].map(circuit.wireOf);
    const inverseOfFive = (await circuit.calculate({ in: 5n }))[inverse!]!;
    for (const value of [0n, 1n, 5n, P - 1n]) {
      const accepted = new Set<bigint>();
      for (const hint of [0n, 1n, 2n, field(-1n), inverseOfFive]) {
        for (const claim of [0n, 1n, 2n, field(-1n), field(1n - value * hint)]) {
          const known = new Map<number, bigint>([[0, 1n]]);
          known.set(input!, value).set(output!, claim).set(inverse!, hint);
          if (solve(circuit.r1cs, known) !== undefined) accepted.add(claim);
        }
      }
      expect([...accepted], String(value)).to.deep.equal([value === 0n ? 1n : 0n]);
    }
  });

  describe("given an input other than 0", () => {
    it("rejects every tampered wire and hint, and leaves none free", async () => {
      const circuit = await compile();
      const witness = await circuit.calculate({ in: 5n });
      const hint = circuit.wireOf("main.inverse");
      expect(loneChanges(circuit, witness)).to.deep.equal([]);
      expect(lyingHints(circuit, witness, [hint])).to.deep.equal([]);
      expect(freeNames(circuit, witness)).to.deep.equal([]);
    });
  });

  describe("given 0", () => {
    it("leaves the inverse free and nothing else: it is multiplied by 0 only", async () => {
      const circuit = await compile();
      const witness = await circuit.calculate({ in: 0n });
      expect(loneChanges(circuit, witness)).to.deep.equal(["main.inverse"]);
      expect(freeNames(circuit, witness)).to.deep.equal(["main.inverse"]);
    });
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("IsZero()", await compile());
  });

  describe("given the template without its second constraint", () => {
    it("is found out by free wires and by a lying hint", async () => {
      const circuit = await compileCircuit(SABOTAGED);
      const witness = await circuit.calculate({ in: 5n });
      const hint = circuit.wireOf("main.inverse");
      expect(freeNames(circuit, witness)).to.have.length(1);
      expect(lyingHints(circuit, witness, [hint])).to.deep.equal(["main.inverse"]);
    });
  });
});
