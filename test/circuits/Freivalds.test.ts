import { expect } from "chai";
import fc from "fast-check";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  loneChanges,
  mainOf,
  outputOf,
} from "../helpers/circuit.ts";
import { hashReference } from "../helpers/packing.ts";
import { productReference } from "../helpers/productReference.ts";

const [N, HIGH, WIDE] = [5, 3, 2];
const SUMS = HIGH * WIDE;
const TAG = 6;
const compile = () => compileCircuit(mainOf("lib/Freivalds", [N, HIGH, WIDE]));
const INPUTS = {
  rows: Array.from({ length: HIGH * N }, (_, i) => BigInt((i * 37) % 101)),
  columns: Array.from({ length: WIDE * N }, (_, i) => BigInt((i * 53) % 97)),
  seed: 1234n,
};
const digestOf = (seed: bigint, sums: readonly bigint[]) => hashReference(TAG, [seed, ...sums]);

/** What its challenge covers is the seed's business: the header says so. */
describe("Freivalds", () => {
  it("equals the product, and the hash of seed and product", async () => {
    const circuit = await compile();
    const values = (length: number) =>
      fc.array(fc.bigInt(-(1n << 250n), 1n << 250n), { minLength: length, maxLength: length });
    await fc.assert(
      fc.asyncProperty(
        values(HIGH * N),
        values(WIDE * N),
        fc.bigInt(0n, 1n << 253n),
        async (rows, columns, seed) => {
          const witness = await circuit.calculate({
            ...{ rows: rows.map(field), columns: columns.map(field), seed },
          });
          const sums = productReference(rows, columns, HIGH, WIDE).map(field);
          const expected = [...sums, digestOf(seed, sums)];
          expect(outputOf(circuit, witness, SUMS + 1)).to.deep.equal(expected);
        },
      ),
      { seed: 23, numRuns: 20 },
    );
  });

  it("rejects every tampered wire", async () => {
    const circuit = await compile();
    expect(loneChanges(circuit, await circuit.calculate(INPUTS))).to.deep.equal([]);
  });

  it("leaves all sums but one free to first order: what pins them is that they make the challenge", async () => {
    const circuit = await compile();
    const witness = await circuit.calculate(INPUTS);
    const free = freeNames(circuit, witness);
    expect(free).to.have.length(SUMS - 1);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`Freivalds(${N}, ${HIGH}, ${WIDE})`, await compile());
  });
});

/** As `Freivalds`, the sums not computed but given, so that each hint can be tried. */
describe("FreivaldsCheck", () => {
  const compileCheck = () => compileCircuit(mainOf("lib/FreivaldsCheck", [N, HIGH, WIDE]));
  const truth = productReference(INPUTS.rows, INPUTS.columns, HIGH, WIDE);

  it("accepts the product at the hash of seed and product", async () => {
    const circuit = await compileCheck();
    const witness = await circuit.calculate({ ...INPUTS, sums: truth });
    expect(outputOf(circuit, witness, 1)).to.deep.equal([digestOf(INPUTS.seed, truth)]);
  });

  it("rejects every tampered sum, and all at once", async () => {
    const circuit = await compileCheck();
    for (let at = 0; at < SUMS; at++) {
      for (const lie of [truth[at]! + 1n, -truth[at]!, truth[at]! + (1n << 40n), 0n]) {
        const sums = truth.with(at, field(lie));
        expect(await isRefused(circuit, { ...INPUTS, sums }), `${at}: ${lie}`).to.be.true;
      }
    }
    expect(await isRefused(circuit, { ...INPUTS, sums: truth.map((it) => it + 1n) })).to.be.true;
  });

  it("rejects sums that satisfy the check at the true sums' challenge, as they make another", async () => {
    const challenge = digestOf(INPUTS.seed, truth);
    const sums = truth.with(0, field(truth[0]! + challenge)).with(1, field(truth[1]! - 1n));
    const alone = await compileCircuit(mainOf("lib/ProductCheck", [N, HIGH, WIDE]));
    const { rows, columns } = INPUTS;
    expect(await isRefused(alone, { rows, columns, sums, challenge })).to.be.false;
    expect(await isRefused(await compileCheck(), { ...INPUTS, sums })).to.be.true;
  });
});

describe("ProductCheck", () => {
  for (const [high, wide] of [
    [1, 3],
    [3, 1],
    [4, 3],
  ] as const) {
    const compileCheck = () => compileCircuit(mainOf("lib/ProductCheck", [N, high, wide]));

    it(`accepts a product and refuses one that is off by 1, ${high} by ${wide}`, async () => {
      const circuit = await compileCheck();
      const values = (length: number) =>
        fc.array(fc.bigInt(0n, 1n << 250n), { minLength: length, maxLength: length });
      await fc.assert(
        fc.asyncProperty(
          values(high * N),
          values(wide * N),
          fc.bigInt(2n, 1n << 250n),
          fc.nat(high * wide - 1),
          async (rows, columns, challenge, at) => {
            const sums = productReference(rows, columns, high, wide).map(field);
            const inputs = { rows, columns, sums, challenge };
            expect(await circuit.calculate(inputs)).to.be.an("array");
            const off = { ...inputs, sums: sums.with(at, field(sums[at]! + 1n)) };
            const isAccepted = await circuit.calculate(off).then(
              () => true,
              () => false,
            );
            expect(isAccepted).to.be.false;
          },
        ),
        { seed: 29, numRuns: 20 },
      );
    });
  }
});
