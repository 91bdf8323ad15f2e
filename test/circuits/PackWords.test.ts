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
  wiresNamed,
} from "../helpers/circuit.ts";
import { packReference } from "../helpers/packing.ts";

const HINTS = /Bits_.*\.out\[/;

/** Words that one tensor fills, that two share, that one leaves 12 bits short of full, and one of 253 bits. */
const TENSORS = [
  { elements: 40, bits: 8, signed: true },
  { elements: 5, bits: 32, signed: true },
  { elements: 3, bits: 20, signed: false },
  { elements: 1, bits: 253, signed: false },
] as const;
const compile = () =>
  compileCircuit(
    mainOf("commitments/PackWords", [
      TENSORS.length,
      TENSORS.map((it) => it.elements),
      TENSORS.map((it) => it.bits),
      TENSORS.map((it) => Number(it.signed)),
    ]),
  );

const least = (bits: number, signed: boolean) => (signed ? -(1n << BigInt(bits - 1)) : 0n);
const most = (bits: number, signed: boolean) => least(bits, signed) + (1n << BigInt(bits)) - 1n;
const fill = (choose: (bits: number, signed: boolean) => bigint) =>
  TENSORS.map(({ elements, bits, signed }) => ({
    bits,
    signed,
    values: Array.from({ length: elements }, () => choose(bits, signed)),
  }));

describe("PackWords", () => {
  it("equals the packing of the statement, both ends of every range included", async () => {
    const circuit = await compile();
    const tensors = fc.tuple(
      ...TENSORS.map(({ elements, bits, signed }) =>
        fc
          .array(fc.bigInt(least(bits, signed), most(bits, signed)), {
            minLength: elements,
            maxLength: elements,
          })
          .map((values) => ({ bits, signed, values })),
      ),
    );
    await fc.assert(
      fc.asyncProperty(tensors, async (it) => {
        const words = packReference(it);
        const values = it.flatMap((tensor) => tensor.values).map(field);
        const witness = await circuit.calculate({ values });
        expect(outputOf(circuit, witness, words.length)).to.deep.equal(words);
      }),
      { seed: 10, numRuns: 30, examples: [[fill(least)], [fill(most)]] },
    );
  });

  TENSORS.forEach(({ bits, signed }, tensor) => {
    it(`refuses both neighbours of the range of tensor ${tensor}`, async () => {
      const circuit = await compile();
      const at = TENSORS.slice(0, tensor + 1).reduce((sum, it) => sum + it.elements, -1);
      for (const value of [least(bits, signed) - 1n, most(bits, signed) + 1n]) {
        const values = fill(least).flatMap((it) => it.values.map(field));
        values[at] = field(value);
        expect(await isRefused(circuit, { values })).to.be.true;
      }
    });
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile();
    const values = fill((bits, signed) => least(bits, signed) + 3n).flatMap((it) => it.values);
    const witness = await circuit.calculate({ values: values.map(field) });
    const hints = wiresNamed(circuit, HINTS);
    expect(hints).to.have.length.of.at.least(40 * 7 + 5 * 31 + 3 * 19 + 252);
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(lyingHints(circuit, witness, hints)).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("PackWords(4, [40,5,3,1], [8,32,20,253], [1,1,0,0])", await compile());
  });
});

describe("PackSegment", () => {
  const compileSegment = () => compileCircuit(mainOf("commitments/PackSegment", [3, 12, 1]));

  it("equals the uniform packing", async () => {
    const circuit = await compileSegment();
    const list = fc.array(fc.bigInt(-2048n, 2047n), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(list, async (values) => {
        const witness = await circuit.calculate({ values: values.map(field) });
        const words = packReference([{ bits: 12, signed: true, values }]);
        expect(outputOf(circuit, witness, 1)).to.deep.equal(words);
      }),
      { seed: 11, numRuns: 30 },
    );
  });

  it("refuses both neighbours of its range in every place", async () => {
    const circuit = await compileSegment();
    for (const place of [0, 1, 2]) {
      for (const value of [-2049n, 2048n]) {
        const values = [0n, 0n, 0n].with(place, field(value));
        expect(await isRefused(circuit, { values })).to.be.true;
      }
    }
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compileSegment();
    const witness = await circuit.calculate({ values: [1n, field(-2n), 3n] });
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(lyingHints(circuit, witness, wiresNamed(circuit, HINTS))).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("PackSegment(3, 12, 1)", await compileSegment());
  });
});
