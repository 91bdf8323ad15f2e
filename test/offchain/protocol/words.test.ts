import type { ElementType, PackedParameter } from "@vouch/protocol";
import {
  SCALAR_FIELD,
  elementRange,
  packMixed,
  packWords,
  requireCanonicalWords,
  unpackWords,
  wordCount,
} from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";

const types: fc.Arbitrary<ElementType> = fc.record({
  bits: fc.oneof(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 253 })),
  signed: fc.boolean(),
});

function valuesOf(type: ElementType, maxLength = 40): fc.Arbitrary<bigint[]> {
  const [min, max] = elementRange(type);
  const element = fc.oneof(fc.constantFrom(min, max), fc.bigInt({ min, max }));
  return fc.array(element, { maxLength });
}

const typed = types.chain((type) => fc.tuple(fc.constant(type), valuesOf(type)));

/** The same words as a string of bits, most significant first: another way than shifts. */
function packByBits(parameters: readonly PackedParameter[]): bigint[] {
  const words: string[] = [];
  for (const { bits, signed, values } of parameters) {
    for (const value of values) {
      const unsigned = signed ? value + 2n ** BigInt(bits - 1) : value;
      const digits = unsigned.toString(2).padStart(bits, "0");
      const last = words.at(-1);
      if (last === undefined || last.length + bits > 253) words.push(digits);
      else words[words.length - 1] = digits + last;
    }
  }
  return words.map((word) => BigInt(`0b${word}`));
}

describe("packWords", () => {
  it("is inverted by unpackWords", () => {
    fc.assert(
      fc.property(typed, ([type, values]) => {
        const words = packWords(values, type);
        expect(unpackWords(words, { ...type, elements: values.length })).to.deep.equal(values);
      }),
      { seed: 10, numRuns: 300 },
    );
  });

  it("equals the digits written side by side", () => {
    fc.assert(
      fc.property(typed, ([type, values]) => {
        expect(packWords(values, type)).to.deep.equal(packByBits([{ ...type, values }]));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("gives other words for other elements", () => {
    const pair = types.chain((type) =>
      fc.tuple(fc.constant(type), valuesOf(type), fc.nat(), fc.bigInt(1n, 2n ** 253n)),
    );
    fc.assert(
      fc.property(pair, ([type, values, position, step]) => {
        fc.pre(values.length > 0);
        const [min, max] = elementRange(type);
        const size = max - min + 1n;
        const at = position % values.length;
        const moved = min + ((values[at]! - min + (step % (size - 1n)) + 1n) % size);
        fc.pre(moved !== values[at]);
        expect(packWords(values.with(at, moved), type)).to.not.deep.equal(packWords(values, type));
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it("makes as many words as wordCount says, each below 2^(bits · count)", () => {
    fc.assert(
      fc.property(typed, ([type, values]) => {
        const words = packWords(values, type);
        expect(words).to.have.lengthOf(
          wordCount({ mode: "public", elements: values.length, ...type }),
        );
        const perWord = Math.floor(253 / type.bits);
        for (const [i, word] of words.entries()) {
          const count = Math.min(perWord, values.length - i * perWord);
          expect(word < 1n << BigInt(type.bits * count)).to.be.true;
          expect(word < SCALAR_FIELD).to.be.true;
        }
      }),
      { seed: 13, numRuns: 200 },
    );
  });

  it("refuses an element out of range, naming it", () => {
    fc.assert(
      fc.property(typed, fc.bigInt(1n, 2n ** 260n), fc.boolean(), ([type, values], by, above) => {
        const [min, max] = elementRange(type);
        const bad = above ? max + by : min - by;
        expect(() => packWords([...values, bad], type))
          .to.throw()
          .with.property("data")
          .that.deep.equals({
            code: "ELEMENT_OUT_OF_RANGE",
            index: values.length,
            value: bad,
            min,
            max,
          });
      }),
      { seed: 14 },
    );
  });

  for (const bits of [0, -1, 1.5, 254, NaN]) {
    it(`refuses elements of ${bits} bits`, () => {
      const type = { bits, signed: false };
      expect(codeOf(() => packWords([0n], type))).to.equal("ENCODING_INVALID");
      expect(codeOf(() => unpackWords([0n], { ...type, elements: 1 }))).to.equal(
        "ENCODING_INVALID",
      );
      expect(codeOf(() => packMixed([{ ...type, values: [0n] }]))).to.equal("ENCODING_INVALID");
    });
  }
});

describe("requireCanonicalWords", () => {
  const code = (
    mode: "public" | "committed",
    words: readonly bigint[],
    elements = 17,
  ): string | undefined =>
    codeOf(() => {
      requireCanonicalWords("input", words, { mode, elements, bits: 16 });
    });

  it("takes the exact count only", () => {
    // 15 elements of 16 bits fill a word, two are left for the second.
    expect(code("public", [0n, 0n])).to.be.undefined;
    for (const words of [[], [0n], [0n, 0n, 0n]])
      expect(code("public", words)).to.equal("WORD_COUNT");
    expect(code("committed", [0n])).to.be.undefined;
    for (const words of [[], [0n, 0n]]) expect(code("committed", words)).to.equal("WORD_COUNT");
  });

  it("refuses every bit above the elements", () => {
    expect(code("public", [2n ** 240n - 1n, 2n ** 32n - 1n])).to.be.undefined;
    for (let bit = 240n; bit < 256n; bit++) {
      expect(code("public", [1n << bit, 0n])).to.equal("WORDS_NOT_CANONICAL");
    }
    for (let bit = 32n; bit < 256n; bit++) {
      expect(code("public", [0n, 1n << bit])).to.equal("WORDS_NOT_CANONICAL");
    }
  });

  it("refuses a commitment that is not below the field's order", () => {
    expect(code("committed", [SCALAR_FIELD - 1n])).to.be.undefined;
    for (const word of [SCALAR_FIELD, SCALAR_FIELD + 1n, -1n]) {
      expect(code("committed", [word])).to.equal("WORDS_NOT_CANONICAL");
    }
  });

  it("refuses a word plus the field's order, and a negative one", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 240n - 1n), (word) => {
        expect(code("public", [word], 15)).to.be.undefined;
        expect(code("public", [word + SCALAR_FIELD], 15)).to.equal("WORDS_NOT_CANONICAL");
        expect(code("public", [-1n - word], 15)).to.equal("WORDS_NOT_CANONICAL");
      }),
      { seed: 15 },
    );
  });

  it("guards unpackWords", () => {
    const type = { bits: 16, signed: true, elements: 2 };
    expect(codeOf(() => unpackWords([1n << 32n], type))).to.equal("WORDS_NOT_CANONICAL");
    expect(codeOf(() => unpackWords([0n, 0n], type))).to.equal("WORD_COUNT");
  });
});

describe("packMixed", () => {
  const parameters = fc.array(
    types.chain((type) => valuesOf(type, 12).map((values) => ({ ...type, values }))),
    { maxLength: 5 },
  );

  it("equals the digits written side by side, a word opened where one does not fit", () => {
    fc.assert(
      fc.property(parameters, (list) => {
        expect(packMixed(list)).to.deep.equal(packByBits(list));
      }),
      { seed: 16, numRuns: 300 },
    );
  });

  it("continues a word across parameters", () => {
    const byte = { bits: 8, signed: false, values: [1n] };
    const signed = { bits: 4, signed: true, values: [-8n, 7n] };
    expect(packMixed([byte, signed])).to.deep.equal([0xf001n]);
  });

  it("fills a word up to bit 253 exactly", () => {
    const wide = (bits: number) => ({ bits, signed: false, values: [1n] });
    expect(packMixed([wide(200), wide(53)])).to.deep.equal([1n + (1n << 200n)]);
    expect(packMixed([wide(200), wide(54)])).to.deep.equal([1n, 1n]);
    expect(packMixed([])).to.deep.equal([]);
  });

  it("refuses an element out of range", () => {
    const bad = { bits: 8, signed: true, values: [0n, 128n] };
    expect(codeOf(() => packMixed([bad]))).to.equal("ELEMENT_OUT_OF_RANGE");
  });
});
