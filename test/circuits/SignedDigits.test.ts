import { expect } from "chai";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  loneChanges,
  lyingHints,
  mainOf,
  signedOf,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";

const [COUNT, BITS] = [2, 2];
const compile = () => compileCircuit(mainOf("lib/SignedDigits", [COUNT, BITS]));
/** The optimizer has a digit stand for its top bit. */
const HINTS = /digitBits\[|Bits_.*\.out\[|main\.out\[/;
/** Digits, and what a bit or digit could be that was not constrained. */
const DOMAIN = [-3n, -2n, -1n, 0n, 1n, 2n, 3n].map(field);

/** Every pair of digits in [-2, 2), by their sum. */
const SUMS = new Map(
  Array.from({ length: 16 }, (_, i) => {
    const digits = [i & 3, i >> 2].map((it) => BigInt(it) - 2n);
    return [digits.reduce((sum, it, j) => sum + (it << BigInt(BITS * j)), 0n), digits] as const;
  }),
);
const [LEAST, MOST] = [-10n, 5n];

describe("SignedDigits", () => {
  it("gives the digits of every sum, and refuses both neighbours", async () => {
    const circuit = await compile();
    expect(SUMS.size).to.equal(16);
    for (const [sum, digits] of SUMS) {
      const witness = await circuit.calculate({ in: field(sum) });
      expect(witness.slice(1, 1 + COUNT).map(signedOf)).to.deep.equal(digits);
    }
    expect(await isRefused(circuit, { in: field(LEAST - 1n) })).to.be.true;
    expect(await isRefused(circuit, { in: MOST + 1n })).to.be.true;
  });

  it("has these digits alone, whatever the bits, and none outside", async () => {
    const circuit = await compile();
    const bits = wiresNamed(circuit, HINTS);
    const results = [0, 1].map((j) => circuit.wireOf(`main.out[${j}]`));
    expect(bits).to.have.length(2 * COUNT);
    const unexplained: bigint[] = [];
    for (let sum = LEAST - 3n; sum <= MOST + 3n; sum++) {
      const inputs = new Map([[circuit.wireOf("main.in"), field(sum)]]);
      const solutions = solutionsOverBits(circuit, inputs, bits, results, DOMAIN);
      const digits = SUMS.get(sum);
      const expected = digits === undefined ? [] : [digits.map(field).join()];
      if (solutions.join(";") !== expected.join(";")) unexplained.push(sum);
    }
    expect(unexplained).to.deep.equal([]);
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile();
    const hints = wiresNamed(circuit, HINTS);
    expect(hints).to.have.length.of.at.least(COUNT);
    for (const sum of [LEAST, -1n, 0n, MOST]) {
      const witness = await circuit.calculate({ in: field(sum) });
      expect(loneChanges(circuit, witness)).to.deep.equal([]);
      expect(lyingHints(circuit, witness, hints)).to.deep.equal([]);
      expect(freeNames(circuit, witness)).to.deep.equal([]);
    }
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`SignedDigits(${COUNT}, ${BITS})`, await compile());
  });
});
