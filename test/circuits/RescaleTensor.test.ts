import { expect } from "chai";
import fc from "fast-check";
import { rescaleTensor } from "../../offchain/compiler/emit/templates.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  outputOf,
  signedOf,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { rescaleReference } from "../helpers/rescale.ts";
import { expectCost } from "../helpers/templateCost.ts";

const [ELEMENTS, CHANNELS, MULTIPLIER_BITS, SHIFT] = [4, 2, 10, 12];
const [LEAST, MOST] = [-30_000n, 32_767n];
const template = rescaleTensor(ELEMENTS, CHANNELS, {
  input: { lo: LEAST, hi: MOST },
  multiplierBits: MULTIPLIER_BITS,
  shift: SHIFT,
  output: { bits: 8, signed: true },
});
const compile = () => compileCircuit(mainOf("layers/RescaleTensor", template.parameters));

describe("RescaleTensor", () => {
  it("equals the rounding rule, multipliers in turn along the last axis", async () => {
    const circuit = await compile();
    const values = fc.array(fc.bigInt(LEAST, MOST), { minLength: ELEMENTS, maxLength: ELEMENTS });
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
      in: [100n, field(-100n), MOST, field(LEAST)],
      multipliers: [1023n, 1000n],
    });
    expectPinned(circuit, witness, ELEMENTS * 25, { inverses: 2 });
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`RescaleTensor(${template.parameters.join(", ")})`, await compile());
  });

  it("costs what the compiler says", async () => {
    await expectCost(template, { in: ELEMENTS, multipliers: CHANNELS }, ELEMENTS);
  });
});
