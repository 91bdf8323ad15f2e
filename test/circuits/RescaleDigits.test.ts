import { expect } from "chai";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  sabotaged,
  signedOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { rescaleReference } from "../helpers/rescale.ts";

/** `rescalePlan(-10, 9, 1, 2, 0)`: 5 bits; ReLU and clamp to [0, 3]; one bit tells of values above. */
const PLAN = [5, 0, 2, 1, 1, 17];
const [LEAST, MOST, SHIFT, BITS] = [-10n, 9n, 1, 2];
const COUNT = 2;
const compile = (count = COUNT) =>
  compileCircuit(mainOf("lib/RescaleDigits", [count, PLAN, SHIFT, BITS, 0]));
const expected = (a: bigint) => rescaleReference(a, 1n, SHIFT, BITS, false);

/** Every pair of numbers in range, by their sum. */
const PAIRS = new Map<bigint, readonly bigint[]>();
for (let first = LEAST; first <= MOST; first++) {
  for (let second = LEAST; second <= MOST; second++) {
    PAIRS.set(first + (second << 5n), [first, second]);
  }
}

describe("RescaleDigits", () => {
  it("rescales each number of every sum, and refuses one out of range", async () => {
    const circuit = await compile();
    expect(PAIRS.size).to.equal(400);
    for (const [sum, pair] of PAIRS) {
      const witness = await circuit.calculate({ in: field(sum) });
      expect(witness.slice(1, 1 + COUNT).map(signedOf)).to.deep.equal(pair.map(expected));
    }
    for (const last of [-18n, 15n]) {
      expect(await isRefused(circuit, { in: field(last << 5n) })).to.be.true;
    }
  });

  it("has these numbers alone, whatever the bits", async () => {
    const circuit = await compile();
    const bits = wiresNamed(circuit, /sumBits\[|Bits_.*\.out\[/);
    const results = [0, 1].map((j) => circuit.wireOf(`main.out[${j}]`));
    let i = 0;
    for (const [sum, pair] of PAIRS) {
      if (i++ % 7 !== 0) continue;
      const inputs = new Map([[circuit.wireOf("main.in"), field(sum)]]);
      const solutions = solutionsOverBits(circuit, inputs, bits, results);
      expect(solutions, String(sum)).to.deep.equal([pair.map(expected).join()]);
    }
  });

  it("would not without any one constraint, those that make bits of bits apart", async () => {
    const circuit = await compile(1);
    const bits = wiresNamed(circuit, /sumBits\[|Bits_.*\.out\[/);
    const bitWires = new Set([0, ...bits]);
    const systems = sabotaged(circuit).filter((_, index) => {
      const { a, b, c } = circuit.r1cs.constraints[index]!;
      const wires = new Set([...a, ...b, ...c].map((it) => it[0]));
      return !(wires.size <= 2 && [...wires].every((it) => bitWires.has(it)));
    });
    expect(systems).to.have.length.of.at.least(2);
    for (const system of systems) {
      const isSound = Array.from({ length: 20 }, (_, i) => BigInt(i) + LEAST).every((a) => {
        const inputs = new Map([[circuit.wireOf("main.in"), field(a)]]);
        const solutions = solutionsOverBits(system, inputs, bits, [circuit.wireOf("main.out[0]")]);
        return solutions.join(";") === String(expected(a));
      });
      expect(isSound).to.be.false;
    }
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile();
    for (const [sum] of [...PAIRS].filter((_, i) => i % 57 === 0)) {
      const witness = await circuit.calculate({ in: field(sum) });
      expectPinned(circuit, witness, 2 * 5 - 1);
    }
  });

  it("has the committed constraint count", async () => {
    const name = `RescaleDigits(${COUNT}, [${PLAN.join()}], ${SHIFT}, ${BITS}, 0)`;
    expectConstraintCount(name, await compile());
  });
});
