import { readFileSync } from "node:fs";
import { expect } from "chai";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { freeWires } from "../../offchain/prover/r1cs/freeWires.ts";
import { readR1cs } from "../../offchain/prover/r1cs/readR1cs.ts";
import type { Constraint, LinearCombination, R1cs } from "../../offchain/prover/r1cs/readR1cs.ts";
import { P, compileCircuit, field, mainOf } from "../helpers/circuit.ts";

const combination = (terms: Readonly<Record<number, bigint>>): LinearCombination =>
  Object.entries(terms).map(([wire, it]) => [Number(wire), field(it)]);

type Terms = Readonly<Record<number, bigint>>;

function system(wires: number, ...constraints: readonly (readonly [Terms, Terms, Terms])[]): R1cs {
  return {
    ...{ prime: P, wires, publicOutputs: 0, publicInputs: 1, privateInputs: 0 },
    constraints: constraints.map(([a, b, c]): Constraint => ({
      a: combination(a),
      b: combination(b),
      c: combination(c),
    })),
  };
}

describe("freeWires", () => {
  describe("given wire 1 fixed", () => {
    it("finds a wire that no constraint mentions", () => {
      const r1cs = system(4, [{ 1: 1n }, { 1: 1n }, { 2: 1n }]);
      expect(freeWires(r1cs, [1n, 3n, 9n, 5n], [1])).to.deep.equal([3]);
    });

    it("finds one wire of two that only their sum pins", () => {
      const r1cs = system(4, [{ 2: 1n, 3: 1n }, { 0: 1n }, { 1: 1n }]);
      expect(freeWires(r1cs, [1n, 3n, 1n, 2n], [1])).to.have.length(1);
    });

    it("finds a wire that is multiplied by 0", () => {
      const r1cs = system(3, [{ 1: 1n }, { 2: 1n }, {}]);
      expect(freeWires(r1cs, [1n, 0n, 7n], [1])).to.deep.equal([2]);
      expect(freeWires(r1cs, [1n, 5n, 0n], [1])).to.deep.equal([]);
    });

    it("pins three wires by a dense system that takes elimination", () => {
      const rows = [
        [{ 2: 1n, 3: 2n, 4: 3n }, { 0: 1n }, { 1: 14n }],
        [{ 2: 2n, 3: 3n, 4: 1n }, { 0: 1n }, { 1: 11n }],
        [{ 2: 3n, 3: 1n, 4: 2n }, { 0: 1n }, { 1: 11n }],
      ] as const;
      const witness = [1n, 1n, 1n, 2n, 3n];
      expect(checkWitness(system(5, ...rows), witness)).to.equal(undefined);
      expect(freeWires(system(5, ...rows), witness, [1])).to.deep.equal([]);
    });

    it("finds the wire left by a dense system with a dependent row", () => {
      const rows = [
        [{ 2: 1n, 3: 2n, 4: 3n }, { 0: 1n }, { 1: 14n }],
        [{ 2: 2n, 3: 3n, 4: 1n }, { 0: 1n }, { 1: 11n }],
        [{ 2: 3n, 3: 5n, 4: 4n }, { 0: 1n }, { 1: 25n }],
      ] as const;
      const witness = [1n, 1n, 1n, 2n, 3n];
      expect(checkWitness(system(5, ...rows), witness)).to.equal(undefined);
      expect(freeWires(system(5, ...rows), witness, [1])).to.have.length(1);
    });

    it("is blind to a second solution at a distance, as its documentation says", () => {
      const square = system(3, [{ 2: 1n }, { 2: 1n }, { 1: 1n }]);
      expect(freeWires(square, [1n, 4n, 2n], [1])).to.deep.equal([]);
      expect(checkWitness(square, [1n, 4n, field(-2n)])).to.equal(undefined);
    });
  });
});

describe("checkWitness", () => {
  const r1cs = system(3, [{ 1: 1n }, { 1: 1n }, { 2: 1n }], [{ 2: 1n }, { 0: 1n }, { 1: 3n }]);

  it("accepts a solution", () => {
    expect(checkWitness(r1cs, [1n, 3n, 9n])).to.equal(undefined);
  });

  it("names the first violated constraint", () => {
    expect(checkWitness(r1cs, [1n, 3n, 8n])).to.equal(0);
    expect(checkWitness(r1cs, [1n, 2n, 4n])).to.equal(1);
  });

  it("refuses a witness of another length", () => {
    expect(() => checkWitness(r1cs, [1n, 3n]))
      .to.throw()
      .with.property("code", "WITNESS_LENGTH");
  });
});

describe("readR1cs", () => {
  const read = async () => {
    const circuit = await compileCircuit(mainOf("lib/Digit", [4, 1]));
    return { circuit, bytes: new Uint8Array(readFileSync(circuit.r1csPath)) };
  };

  it("reads what circom wrote, so that circom's witness satisfies it", async () => {
    const { circuit, bytes } = await read();
    const r1cs = readR1cs(bytes);
    expect(r1cs.prime).to.equal(P);
    expect([r1cs.publicOutputs, r1cs.publicInputs, r1cs.privateInputs]).to.deep.equal([1, 1, 0]);
    const witness = await circuit.calculate({ in: field(-7n) });
    expect(checkWitness(r1cs, witness)).to.equal(undefined);
    expect(checkWitness(r1cs, [...witness].with(1, 0n))).to.be.a("number");
  });

  it("refuses a file cut at any byte", async () => {
    const { bytes } = await read();
    const complete = readR1cs(bytes);
    for (let length = 0; length < bytes.length; length++) {
      try {
        // What follows the constraints is not read.
        expect(readR1cs(bytes.subarray(0, length))).to.deep.equal(complete);
      } catch (error) {
        expect(error).to.have.property("code", "R1CS_INVALID");
      }
    }
    expect(() => readR1cs(bytes.subarray(0, 200)))
      .to.throw()
      .with.property("code", "R1CS_INVALID");
  });

  for (const [what, at, value] of [
    ["another magic", 0, 0x58],
    ["another version", 4, 2],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { bytes } = await read();
      expect(() => readR1cs(bytes.with(at, value)))
        .to.throw()
        .with.property("code", "R1CS_INVALID");
    });
  }
});
