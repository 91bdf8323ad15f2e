import { expect } from "chai";
import fc from "fast-check";
import { connection } from "../../helpers/deployVouch.ts";
import * as exact from "../../helpers/exactStatistics.ts";

const RUNS = process.env["VOUCH_DEEP"] === "1" ? 3_000 : 150;
const SEED = 0x766f756368;
const MOST = 24;
const OPTIONS = { numRuns: RUNS, seed: SEED } as const;

const { ethers, networkHelpers } = connection;
const deployMock = () => ethers.deployContract("StatisticsMock");
const deployed = () => networkHelpers.loadFixture(deployMock);

const int256 = fc.bigInt({ min: -(1n << 255n), max: (1n << 255n) - 1n });
const fractionBits = fc.oneof(fc.constantFrom(0n, 1n, 8n, 96n), fc.bigInt(0n, 96n));

/** Elements whose spread has as many bits as drawn, anywhere in int256; small spreads are where ties are. */
const series = (
  extentBits: number,
  { minLength = 1, maxLength = MOST }: { minLength?: number; maxLength?: number } = {},
) =>
  fc.integer({ min: 1, max: extentBits - Math.ceil(Math.log2(maxLength + 1)) }).chain((bits) => {
    const spread = (1n << BigInt(bits)) - 1n;
    return fc
      .tuple(
        fc.bigInt({ min: -(1n << 255n), max: (1n << 255n) - 1n - spread }),
        fc.array(fc.bigInt(0n, spread), { minLength, maxLength }),
      )
      .map(([least, overs]) => overs.map((it) => least + it));
  });
const isUneven = (values: readonly bigint[]): boolean => new Set(values).size > 1;
const uneven = (extentBits: number, lengths = {}) =>
  series(extentBits, { minLength: 2, ...lengths }).filter(isUneven);

describe("Statistics, against exact fractions", () => {
  it("mean and median, of any int256", async () => {
    const mock = await deployed();
    await fc.assert(
      fc.asyncProperty(fc.array(int256, { minLength: 1, maxLength: MOST }), async (values) => {
        expect(await mock.mean(values)).to.equal(exact.mean(values));
        expect(await mock.median(values)).to.equal(exact.median(values));
      }),
      OPTIONS,
    );
  });

  it("median of few different values, and of ordered ones", async () => {
    const mock = await deployed();
    const few = fc.array(fc.bigInt(-2n, 2n), { minLength: 1, maxLength: 60 });
    const order = fc.constantFrom(
      (it: bigint[]) => it,
      (it: bigint[]) => it.toSorted((a, b) => Number(a - b)),
      (it: bigint[]) => it.toSorted((a, b) => Number(b - a)),
    );
    await fc.assert(
      fc.asyncProperty(few, order, async (drawn, ordered) => {
        const values = ordered(drawn);
        expect(await mock.median(values)).to.equal(exact.median(values));
      }),
      OPTIONS,
    );
  });

  it("variance and stdDev, of a population and of a sample", async () => {
    const mock = await deployed();
    await fc.assert(
      fc.asyncProperty(series(128, { minLength: 2 }), fractionBits, async (values, f) => {
        expect(await mock.variance(values, f)).to.equal(exact.variance(values, f));
        expect(await mock.sampleVariance(values, f)).to.equal(exact.variance(values, f, 1n));
        expect(await mock.stdDev(values)).to.equal(exact.stdDev(values));
        expect(await mock.sampleStdDev(values)).to.equal(exact.stdDev(values, 1n));
      }),
      OPTIONS,
    );
  });

  it("standardize", async () => {
    const mock = await deployed();
    await fc.assert(
      fc.asyncProperty(uneven(128), fractionBits, async (values, f) => {
        expect(await mock.standardize(values, f)).to.deep.equal(exact.standardize(values, f));
      }),
      OPTIONS,
    );
  });

  it("standardize, where ties are: few small integers and few fraction bits", async () => {
    const mock = await deployed();
    const small = fc.array(fc.bigInt(-4n, 4n), { minLength: 2, maxLength: 10 }).filter(isUneven);
    await fc.assert(
      fc.asyncProperty(small, fc.bigInt(0n, 2n), async (values, f) => {
        expect(await mock.standardize(values, f)).to.deep.equal(exact.standardize(values, f));
      }),
      { numRuns: 3 * RUNS, seed: SEED },
    );
  });

  it("standardize, a hair below a half where the division by a root gives the half", async () => {
    const mock = await deployed();
    // Convergents of the ratio at which the least element is an odd number of halves of 2^-96: as the root is cut off, the
    // quotient is that odd number, and the squares that tell so differ above 2^256.
    const [a, b] = [0xdd01c9d855cd45623n << 45n, 0x50660636904c06085n << 45n];
    for (const values of [
      [0n, a, b],
      [-a - b, -b, -a],
    ]) {
      expect(await mock.standardize(values, 96n)).to.deep.equal(exact.standardize(values, 96n));
    }
  });

  it("normalize, of any int256", async () => {
    const mock = await deployed();
    const wide = fc.array(int256, { minLength: 2, maxLength: MOST }).filter(isUneven);
    await fc.assert(
      fc.asyncProperty(fc.oneof(wide, uneven(128)), fractionBits, async (values, f) => {
        expect(await mock.normalize(values, f)).to.deep.equal(exact.normalize(values, f));
      }),
      OPTIONS,
    );
  });

  it("correlation", async () => {
    const mock = await deployed();
    const pair = fc.integer({ min: 2, max: MOST }).chain((length) => {
      const lengths = { minLength: length, maxLength: length };
      return fc.tuple(uneven(64, lengths), uneven(64, lengths));
    });
    await fc.assert(
      fc.asyncProperty(pair, fractionBits, async ([xs, ys], f) => {
        expect(await mock.correlation(xs, ys, f)).to.equal(exact.correlation(xs, ys, f));
      }),
      OPTIONS,
    );
  });

  it("returnsOf", async () => {
    const mock = await deployed();
    const price = fc.integer({ min: 1, max: 128 }).chain((bits) => {
      return fc.bigInt(1n, (1n << BigInt(bits)) - 1n);
    });
    const prices = fc.array(price, { minLength: 2, maxLength: MOST });
    await fc.assert(
      fc.asyncProperty(prices, fractionBits, async (values, f) => {
        expect(await mock.returnsOf(values, f)).to.deep.equal(exact.returnsOf(values, f));
      }),
      OPTIONS,
    );
  });
});
