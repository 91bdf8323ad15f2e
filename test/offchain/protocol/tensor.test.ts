import type { TensorEncoding } from "@vouch/protocol";
import { dequantizeTensor, elementRange, quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";

const encoding = (change: Partial<TensorEncoding> = {}): TensorEncoding => ({
  mode: "public",
  elements: 1,
  bits: 16,
  signed: true,
  fractionBits: 8,
  ...change,
});

describe("quantizeTensor", () => {
  it("is the floor of v · 2^f + 1/2, in exact arithmetic", () => {
    // A double is k · 2^-40 here, so that the reference needs no floats.
    const numerator = fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n });
    fc.assert(
      fc.property(numerator, fc.integer({ min: 0, max: 39 }), (k, fractionBits) => {
        const wide = encoding({ bits: 128, fractionBits });
        const [element] = quantizeTensor([Number(k) / 2 ** 40], wide);
        const divisor = 1n << BigInt(40 - fractionBits);
        expect(element).to.equal((k + divisor / 2n) >> BigInt(40 - fractionBits));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("inverts dequantizeTensor up to 53 bits", () => {
    const element = fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n });
    fc.assert(
      fc.property(fc.array(element), fc.integer({ min: 0, max: 64 }), (elements, fractionBits) => {
        const wide = encoding({ bits: 64, fractionBits, elements: elements.length });
        expect(quantizeTensor(dequantizeTensor(elements, wide), wide)).to.deep.equal(elements);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  for (const [value, fractionBits, element] of [
    [0.5, 0, 1n],
    [-0.5, 0, 0n],
    [-1.5, 0, -1n],
    [0.5 - 2 ** -54, 0, 0n],
    [-0, 0, 0n],
    [1 / 512, 8, 1n],
    [2 ** 52 + 1, 0, 2n ** 52n + 1n],
  ] as const) {
    it(`turns ${value} into ${element} with ${fractionBits} fraction bits`, () => {
      const wide = encoding({ bits: 64, fractionBits });
      expect(quantizeTensor([value], wide)).to.deep.equal([element]);
    });
  }

  it("takes both ends of the range and nothing beyond them", () => {
    for (const signed of [true, false]) {
      const type = encoding({ bits: 8, signed, fractionBits: 0 });
      const [min, max] = elementRange(type).map(Number) as [number, number];
      expect(quantizeTensor([min], type)).to.deep.equal([BigInt(min)]);
      expect(quantizeTensor([max], type)).to.deep.equal([BigInt(max)]);
      expect(codeOf(() => quantizeTensor([min - 1], type))).to.equal("VALUE_OUT_OF_RANGE");
      expect(codeOf(() => quantizeTensor([max + 1], type))).to.equal("VALUE_OUT_OF_RANGE");
    }
  });

  it("names index and limits of a value out of range", () => {
    const two = encoding({ elements: 2, bits: 8, fractionBits: 4 });
    expect(() => quantizeTensor([0, 8], two))
      .to.throw()
      .with.property("data")
      .that.deep.equals({
        code: "VALUE_OUT_OF_RANGE",
        index: 1,
        value: 8,
        min: -8,
        max: 7.9375,
      });
  });

  it("refuses what is no number, and another length", () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      expect(codeOf(() => quantizeTensor([value], encoding()))).to.equal("VALUE_NOT_FINITE");
    }
    const huge = encoding({ fractionBits: 255 });
    expect(codeOf(() => quantizeTensor([1e300], huge))).to.equal("VALUE_OUT_OF_RANGE");
    for (const values of [[], [1, 2]]) {
      expect(codeOf(() => quantizeTensor(values, encoding()))).to.equal("TENSOR_LENGTH");
    }
  });
});

describe("elementRange", () => {
  it("holds 2^bits integers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 253 }), fc.boolean(), (bits, signed) => {
        const [min, max] = elementRange({ bits, signed });
        expect(max - min + 1n).to.equal(2n ** BigInt(bits));
        expect(min).to.equal(signed ? -(2n ** BigInt(bits)) / 2n : 0n);
      }),
      { seed: 3 },
    );
  });
});
