import { expect } from "chai";
import { MaxInt256, MinInt256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import * as exact from "../../helpers/exactStatistics.ts";

const { ethers, networkHelpers } = connection;
const deployMock = () => ethers.deployContract("StatisticsMock");
const deployed = () => networkHelpers.loadFixture(deployMock);

const F = 16n;
const ONE = 1n << F;
const MAX_FRACTION_BITS = 96n;
const TOO_MANY_BITS = [MAX_FRACTION_BITS + 1n, MAX_FRACTION_BITS] as const;

describe("Statistics.min, Statistics.max", () => {
  it("return the ends of int256", async () => {
    const mock = await deployed();
    const values = [0n, MaxInt256, -1n, MinInt256];
    expect(await mock.min(values)).to.equal(MinInt256);
    expect(await mock.max(values)).to.equal(MaxInt256);
  });

  it("return a lone element", async () => {
    const mock = await deployed();
    expect(await mock.min([-7n])).to.equal(-7n);
    expect(await mock.max([-7n])).to.equal(-7n);
  });

  it("revert with StatisticsCountTooSmall without elements", async () => {
    const mock = await deployed();
    for (const call of [mock.min([]), mock.max([])]) {
      await expect(call)
        .to.be.revertedWithCustomError(mock, "StatisticsCountTooSmall")
        .withArgs(0, 1);
    }
  });
});

describe("Statistics.mean", () => {
  it("rounds half up on either side of zero", async () => {
    const mock = await deployed();
    expect(await mock.mean([1n, 2n])).to.equal(2n);
    expect(await mock.mean([-1n, -2n])).to.equal(-1n);
    expect(await mock.mean([1n, 1n, 2n])).to.equal(1n);
    expect(await mock.mean([-1n, -2n, -2n])).to.equal(-2n);
  });

  describe("given elements whose sum is no int256", () => {
    it("is exact", async () => {
      const mock = await deployed();
      expect(await mock.mean([MaxInt256, MaxInt256, MaxInt256])).to.equal(MaxInt256);
      expect(await mock.mean([MinInt256, MinInt256, MinInt256])).to.equal(MinInt256);
      expect(await mock.mean([MinInt256, MaxInt256])).to.equal(0n);
      expect(await mock.mean([MaxInt256, MaxInt256 - 1n])).to.equal(MaxInt256);
    });
  });

  it("reverts with StatisticsCountTooSmall without elements", async () => {
    const mock = await deployed();
    await expect(mock.mean([]))
      .to.be.revertedWithCustomError(mock, "StatisticsCountTooSmall")
      .withArgs(0, 1);
  });
});

describe("Statistics.variance", () => {
  it("is of the population; sampleVariance is of a sample", async () => {
    const mock = await deployed();
    const values = [2n, 4n, 4n, 4n, 5n, 5n, 7n, 9n].map((it) => it * ONE);
    expect(await mock.variance(values, F)).to.equal(4n * ONE);
    expect(await mock.sampleVariance(values, F)).to.equal((2n * 32n * ONE + 7n) / 14n);
  });

  it("is zero for one element, and for equal ones", async () => {
    const mock = await deployed();
    expect(await mock.variance([MaxInt256], F)).to.equal(0n);
    expect(await mock.variance([MinInt256, MinInt256], F)).to.equal(0n);
    expect(await mock.sampleVariance([MinInt256, MinInt256], F)).to.equal(0n);
  });

  describe("given a small spread far from zero", () => {
    it("cancels nothing", async () => {
      const mock = await deployed();
      expect(await mock.variance([MaxInt256, MaxInt256 - 2n], 0n)).to.equal(1n);
      expect(await mock.variance([MinInt256, MinInt256 + 2n], 0n)).to.equal(1n);
    });
  });

  describe("given the widest spread", () => {
    const limit = (1n << 127n) - 1n;
    it("is exact", async () => {
      const mock = await deployed();
      expect(await mock.variance([0n, limit], 0n)).to.equal((limit * limit + 2n) / 4n);
      expect(await mock.stdDev([0n, limit])).to.equal((limit + 1n) / 2n);
    });

    it("reverts with StatisticsSpreadTooWide above it", async () => {
      const mock = await deployed();
      const wide = [-1n, limit];
      for (const call of [
        mock.variance(wide, F),
        mock.sampleVariance(wide, F),
        mock.stdDev(wide),
        mock.sampleStdDev(wide),
        mock.standardize(wide, F),
      ]) {
        await expect(call)
          .to.be.revertedWithCustomError(mock, "StatisticsSpreadTooWide")
          .withArgs(limit + 1n, limit);
      }
    });

    it("reverts with StatisticsSpreadTooWide for alternating ends of int256", async () => {
      const mock = await deployed();
      const values = Array.from({ length: 4 }, (_, i) => (i % 2 === 0 ? MinInt256 : MaxInt256));
      await expect(mock.variance(values, F))
        .to.be.revertedWithCustomError(mock, "StatisticsSpreadTooWide")
        .withArgs((1n << 256n) - 1n, (1n << 126n) - 1n);
    });
  });

  it("reverts with StatisticsFractionBitsTooMany", async () => {
    const mock = await deployed();
    for (const call of [
      mock.variance([1n, 2n], MAX_FRACTION_BITS + 1n),
      mock.sampleVariance([1n, 2n], MAX_FRACTION_BITS + 1n),
    ]) {
      await expect(call)
        .to.be.revertedWithCustomError(mock, "StatisticsFractionBitsTooMany")
        .withArgs(...TOO_MANY_BITS);
    }
  });

  it("reverts with StatisticsCountTooSmall for too few elements", async () => {
    const mock = await deployed();
    for (const [call, count, least] of [
      [mock.variance([], F), 0, 1],
      [mock.stdDev([]), 0, 1],
      [mock.sampleVariance([1n], F), 1, 2],
      [mock.sampleStdDev([1n]), 1, 2],
    ] as const) {
      await expect(call)
        .to.be.revertedWithCustomError(mock, "StatisticsCountTooSmall")
        .withArgs(count, least);
    }
  });
});

describe("Statistics.stdDev", () => {
  it("is of the population; sampleStdDev is of a sample", async () => {
    const mock = await deployed();
    const values = [2n, 4n, 4n, 4n, 5n, 5n, 7n, 9n].map((it) => it * ONE);
    expect(await mock.stdDev(values)).to.equal(2n * ONE);
    expect(await mock.sampleStdDev(values)).to.equal(140_122n); // 2^16 √(32 / 7) = 140,121.9
  });

  it("is of the exact variance, not of the rounded one", async () => {
    const mock = await deployed();
    // The variance is 0.25 units, half a unit of deviation; with 16 fraction bits it rounds to 0.
    expect(await mock.variance([0n, 1n], F)).to.equal(0n);
    expect(await mock.stdDev([0n, 1n])).to.equal(1n);
  });
});

describe("Statistics.median", () => {
  for (const [values, expected] of [
    [[5n], 5n],
    [[5n, 2n], 4n],
    [[-5n, -2n], -3n],
    [[9n, 1n, 5n], 5n],
    [[4n, 1n, 3n, 2n], 3n],
    [[7n, 7n, 7n, 7n, 7n], 7n],
    [[MinInt256, MaxInt256], 0n],
    [[MaxInt256, MinInt256, MinInt256], MinInt256],
    [[MaxInt256, MaxInt256], MaxInt256],
  ] as const) {
    it(`of ${values.length} elements is ${expected}`, async () => {
      expect(await (await deployed()).median([...values])).to.equal(expected);
    });
  }

  it("of 10,000 elements in falling order takes less than a transaction may", async () => {
    const mock = await deployed();
    expect(await mock.medianOf(10_000n, true)).to.equal((1n << 40n) + 5_001n);
  });

  it("reverts with StatisticsCountTooSmall without elements", async () => {
    const mock = await deployed();
    await expect(mock.median([]))
      .to.be.revertedWithCustomError(mock, "StatisticsCountTooSmall")
      .withArgs(0, 1);
  });
});

describe("Statistics.standardize", () => {
  it("takes off the mean and divides by the population's deviation", async () => {
    const mock = await deployed();
    const values = [2n, 4n, 4n, 4n, 5n, 5n, 7n, 9n];
    const expected = [-3n, -1n, -1n, -1n, 0n, 0n, 2n, 4n].map((it) => (it * ONE) / 2n);
    expect(await mock.standardize(values, F)).to.deep.equal(expected);
  });

  it("does not depend on the scale of its elements", async () => {
    const mock = await deployed();
    const values = [3n, 1n, 4n, 1n, 5n];
    const scaled = values.map((it) => it * 10n ** 18n - 10n ** 30n);
    expect(await mock.standardize(scaled, F)).to.deep.equal(await mock.standardize(values, F));
  });

  it("rounds ties up on either side of zero", async () => {
    const mock = await deployed();
    // Mean 0, deviation 2, no fraction bits: -1.5, -0.5, 0.5 and 1.5.
    const values = [-3n, -3n, -1n, -1n, 1n, 1n, 3n, 3n, 0n, 0n];
    expect(await mock.stdDev(values)).to.equal(2n);
    expect(await mock.standardize(values, 0n)).to.deep.equal([
      ...[-1n, -1n, 0n, 0n, 1n, 1n, 2n, 2n],
      ...[0n, 0n],
    ]);
  });

  describe("given an element nearer to a half than a root of one word can tell", () => {
    // Of a, b and -a - b, a is half a deviation from the mean if (a + 2b)² = 21a². Both sides differ by 4 here, of 2^249.
    let [p, q] = [5n, 1n];
    while (q < 1n << 122n) [p, q] = [(5n * p + 21n * q) / 2n, (p + 5n * q) / 2n];
    const [a, b] = [q, (p - q) / 2n];

    it("is still rounded to its side", async () => {
      const mock = await deployed();
      const values = [a, b, -a - b];
      expect(await mock.standardize(values, 0n)).to.deep.equal([0n, 1n, -1n]);
      const mirrored = values.map((it) => -it);
      expect(await mock.standardize(mirrored, 0n)).to.deep.equal([0n, -1n, 1n]);
      expect(exact.standardize(values, 0n)).to.deep.equal([0n, 1n, -1n]);
    });
  });

  describe("given the widest spread and the most fraction bits", () => {
    it("is exact", async () => {
      const mock = await deployed();
      const limit = (1n << 127n) - 1n;
      const one = 1n << MAX_FRACTION_BITS;
      const result = await mock.standardize([0n, limit], MAX_FRACTION_BITS);
      expect(result).to.deep.equal([-one, one]);
    });
  });

  it("reverts with StatisticsSpreadZero for equal elements, and for one", async () => {
    const mock = await deployed();
    for (const values of [[-7n], [-7n, -7n, -7n]]) {
      for (const call of [mock.standardize(values, F), mock.normalize(values, F)]) {
        await expect(call)
          .to.be.revertedWithCustomError(mock, "StatisticsSpreadZero")
          .withArgs(-7n);
      }
    }
  });

  it("reverts with StatisticsFractionBitsTooMany", async () => {
    const mock = await deployed();
    await expect(mock.standardize([1n, 2n], MAX_FRACTION_BITS + 1n))
      .to.be.revertedWithCustomError(mock, "StatisticsFractionBitsTooMany")
      .withArgs(...TOO_MANY_BITS);
  });

  it("reverts with StatisticsCountTooSmall without elements", async () => {
    const mock = await deployed();
    for (const call of [mock.standardize([], F), mock.normalize([], F)]) {
      await expect(call)
        .to.be.revertedWithCustomError(mock, "StatisticsCountTooSmall")
        .withArgs(0, 1);
    }
  });
});

describe("Statistics.normalize", () => {
  it("maps the least to 0 and the greatest to 1", async () => {
    const mock = await deployed();
    expect(await mock.normalize([-1n, 1n, 0n, 2n], 0n)).to.deep.equal([0n, 1n, 0n, 1n]);
    expect(await mock.normalize([5n, 6n, 8n], 1n)).to.deep.equal([0n, 1n, 2n]);
  });

  it("is exact over the whole of int256", async () => {
    const mock = await deployed();
    const result = await mock.normalize([MinInt256, 0n, MaxInt256], MAX_FRACTION_BITS);
    const one = 1n << MAX_FRACTION_BITS;
    expect(result).to.deep.equal([0n, one / 2n, one]);
  });

  it("reverts with StatisticsFractionBitsTooMany", async () => {
    const mock = await deployed();
    await expect(mock.normalize([1n, 2n], MAX_FRACTION_BITS + 1n))
      .to.be.revertedWithCustomError(mock, "StatisticsFractionBitsTooMany")
      .withArgs(...TOO_MANY_BITS);
  });
});

describe("Statistics.correlation", () => {
  it("is 1 along a rising line and -1 along a falling one", async () => {
    const mock = await deployed();
    const xs = [1n, 2n, 4n, 8n];
    const rising = xs.map((it) => 3n * it + 5n);
    const falling = xs.map((it) => -3n * it + 5n);
    expect(await mock.correlation(xs, rising, F)).to.equal(ONE);
    expect(await mock.correlation(xs, falling, F)).to.equal(-ONE);
  });

  it("rounds a tie up on either side of zero", async () => {
    const mock = await deployed();
    const [xs, ys] = [
      [0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n],
      [0n, 0n, 1n, 1n, 0n, 1n, 0n, 1n],
    ];
    expect(await mock.correlation(xs, ys, 0n)).to.equal(1n);
    expect(
      await mock.correlation(
        xs,
        ys.map((it) => -it),
        0n,
      ),
    ).to.equal(0n);
  });

  it("is 0 for a symmetric pair", async () => {
    const mock = await deployed();
    expect(await mock.correlation([-1n, 0n, 1n], [1n, 0n, 1n], F)).to.equal(0n);
  });

  describe("given the widest spread", () => {
    const limit = (1n << 63n) - 1n;
    it("is exact", async () => {
      const mock = await deployed();
      const far = [MinInt256, MinInt256 + limit];
      const near = [MaxInt256, MaxInt256 - limit];
      const one = 1n << MAX_FRACTION_BITS;
      expect(await mock.correlation(far, near, MAX_FRACTION_BITS)).to.equal(-one);
    });

    it("reverts with StatisticsSpreadTooWide above it, in either array", async () => {
      const mock = await deployed();
      const [wide, narrow] = [
        [-1n, limit],
        [0n, 1n],
      ];
      for (const call of [mock.correlation(wide, narrow, F), mock.correlation(narrow, wide, F)]) {
        await expect(call)
          .to.be.revertedWithCustomError(mock, "StatisticsSpreadTooWide")
          .withArgs(limit + 1n, limit);
      }
    });
  });

  it("reverts with StatisticsSpreadZero for equal elements in either array", async () => {
    const mock = await deployed();
    const [flat, steep] = [
      [4n, 4n],
      [1n, 2n],
    ];
    for (const call of [mock.correlation(flat, steep, F), mock.correlation(steep, flat, F)]) {
      await expect(call).to.be.revertedWithCustomError(mock, "StatisticsSpreadZero").withArgs(4n);
    }
  });

  it("reverts with StatisticsCountMismatch for arrays of different length", async () => {
    const mock = await deployed();
    await expect(mock.correlation([1n, 2n], [1n, 2n, 3n], F))
      .to.be.revertedWithCustomError(mock, "StatisticsCountMismatch")
      .withArgs(2, 3);
  });

  it("reverts with StatisticsFractionBitsTooMany, and StatisticsCountTooSmall without elements", async () => {
    const mock = await deployed();
    await expect(mock.correlation([1n, 2n], [1n, 2n], MAX_FRACTION_BITS + 1n))
      .to.be.revertedWithCustomError(mock, "StatisticsFractionBitsTooMany")
      .withArgs(...TOO_MANY_BITS);
    await expect(mock.correlation([], [], F))
      .to.be.revertedWithCustomError(mock, "StatisticsCountTooSmall")
      .withArgs(0, 1);
  });
});

describe("Statistics.returnsOf", () => {
  it("has one element less than there are prices, each rounded half up", async () => {
    const mock = await deployed();
    expect(await mock.returnsOf([100n, 150n, 75n, 75n], F)).to.deep.equal([
      ONE / 2n,
      -ONE / 2n,
      0n,
    ]);
    expect(await mock.returnsOf([2n, 3n], 0n)).to.deep.equal([1n]);
    expect(await mock.returnsOf([2n, 1n], 0n)).to.deep.equal([0n]);
  });

  it("is exact for the greatest rise", async () => {
    const mock = await deployed();
    const most = (1n << 128n) - 1n;
    const one = 1n << MAX_FRACTION_BITS;
    const result = await mock.returnsOf([1n, most], MAX_FRACTION_BITS);
    expect(result).to.deep.equal([(most - 1n) * one]);
  });

  it("reverts with StatisticsPriceInvalid for a price that is none", async () => {
    const mock = await deployed();
    for (const price of [0n, -1n, 1n << 128n, MinInt256]) {
      await expect(mock.returnsOf([1n, price], F))
        .to.be.revertedWithCustomError(mock, "StatisticsPriceInvalid")
        .withArgs(1, price);
      await expect(mock.returnsOf([price, 1n], F))
        .to.be.revertedWithCustomError(mock, "StatisticsPriceInvalid")
        .withArgs(0, price);
    }
  });

  it("reverts with StatisticsCountTooSmall for one price, and StatisticsFractionBitsTooMany", async () => {
    const mock = await deployed();
    await expect(mock.returnsOf([1n], F))
      .to.be.revertedWithCustomError(mock, "StatisticsCountTooSmall")
      .withArgs(1, 2);
    await expect(mock.returnsOf([1n, 2n], MAX_FRACTION_BITS + 1n))
      .to.be.revertedWithCustomError(mock, "StatisticsFractionBitsTooMany")
      .withArgs(...TOO_MANY_BITS);
  });
});

describe("Statistics", () => {
  it("never changes its arguments", async () => {
    const mock = await deployed();
    const values = [5n, 3n, 9n, 1n, 7n, 2n, 8n];
    expect(await mock.keepsItsArguments(values)).to.equal(true);
  });
});
