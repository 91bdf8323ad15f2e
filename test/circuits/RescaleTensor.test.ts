import { expect } from "chai";
import fc from "fast-check";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  loneChanges,
  lyingHints,
  mainOf,
  outputOf,
  signedOf,
  wiresNamed,
} from "../helpers/circuit.ts";
import { rescaleReference } from "../helpers/rescale.ts";

const [ELEMENTS, CHANNELS, BITS, MULTIPLIER_BITS, SHIFT] = [4, 2, 16, 10, 12];
const compile = () =>
  compileCircuit(
    mainOf("layers/RescaleTensor", [ELEMENTS, CHANNELS, BITS, MULTIPLIER_BITS, SHIFT, 8, 1]),
  );
const HINTS = /sumBits\[|Bits_.*\.out\[|inverse$/;

describe("RescaleTensor", () => {
  it("equals the rounding rule, multipliers in turn along the last axis", async () => {
    const circuit = await compile();
    const values = fc.array(fc.bigInt(-(1n << 15n), (1n << 15n) - 1n), {
      minLength: ELEMENTS,
      maxLength: ELEMENTS,
    });
    const multiplier = fc.bigInt(0n, 1023n);
    await fc.assert(
      fc.asyncProperty(values, multiplier, multiplier, async (input, first, second) => {
        const multipliers = [first, second];
        const witness = await circuit.calculate({ in: input.map(field), multipliers });
        const expected = input.map((it, i) =>
          rescaleReference(it, multipliers[i % CHANNELS]!, SHIFT, 8, true),
        );
        const actual = outputOf(circuit, witness, ELEMENTS).map(signedOf);
        expect(actual).to.deep.equal(expected);
      }),
      { seed: 9, numRuns: 40 },
    );
  });

  it("refuses an accumulator far out of range", async () => {
    const input = [0n, 0n, 1n << 40n, 0n];
    expect(await isRefused(await compile(), { in: input, multipliers: [1023n, 1n] })).to.be.true;
  });

  it("rejects every tampered wire and hint, and leaves free only inverses of 0", async () => {
    const circuit = await compile();
    // The last two saturate: their high bits are not all 0.
    const witness = await circuit.calculate({
      in: [100n, field(-100n), (1n << 15n) - 1n, field(-(1n << 15n))],
      multipliers: [1023n, 1000n],
    });
    const hints = wiresNamed(circuit, HINTS);
    expect(hints).to.have.length.of.at.least(ELEMENTS * (BITS + MULTIPLIER_BITS));
    const free = freeNames(circuit, witness);
    expect(free).to.have.length(2);
    for (const name of free) expect(name).to.match(/IsZero.*\.inverse$/);
    expect(loneChanges(circuit, witness)).to.have.members([...free]);
    expect(lyingHints(circuit, witness, hints)).to.have.members([...free]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("RescaleTensor(4, 2, 16, 10, 12, 8, 1)", await compile());
  });
});
