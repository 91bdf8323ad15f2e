import { unpackWords } from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { candlesOf } from "../../helpers/candlesOf.ts";
import * as exact from "../../helpers/exactStatistics.ts";
import {
  DECIMALS,
  HOUR,
  NOON,
  ORDER,
  PHASE,
  PRICE,
  STEP,
  configOf,
  deployPrices,
  priceChain,
} from "../../helpers/priceScenario.ts";
import type { Entry, Query } from "../../helpers/priceScenario.ts";

const RUNS = process.env["VOUCH_DEEP"] === "1" ? 400 : 40;
const SEED = 0x766f756368;
const ALL = [PRICE.open, PRICE.high, PRICE.low, PRICE.close];
const F = 8n;
const ONE = 1n << F;
const USD = 10n ** DECIMALS;

const { networkHelpers } = priceChain;

/** Rounds in dollars and seconds before (or after) noon. */
const rounds = (...pairs: readonly (readonly [dollars: bigint, seconds: bigint])[]): Entry[] =>
  pairs.map(([dollars, seconds]) => ({ answer: dollars * USD, updatedAt: NOON + seconds }));

async function fed(entries: readonly Entry[], now = NOON + 60n) {
  const scenario = await networkHelpers.loadFixture(deployPrices);
  const { history, query, releaseOf, feedUntil } = scenario;
  const candles = async (
    rows: number,
    overrides: Partial<Query> = {},
  ): Promise<readonly bigint[][]> => {
    const asked = query({ interval: HOUR, maxAge: 10n * HOUR, prices: ALL, ...overrides });
    const columns = asked.prices.length;
    const releaseId = await releaseOf({ elements: BigInt(rows * columns) });
    await feedUntil(entries, now);
    const { words } = await history.inputOf(releaseId, configOf(asked));
    const flat = unpackWords(words, {
      ...{ mode: "public", elements: rows * columns, bits: 64, signed: true, fractionBits: 8 },
    });
    return Array.from({ length: rows }, (_, i) => flat.slice(i * columns, (i + 1) * columns));
  };
  return { ...scenario, candles };
}

const dollars = (...values: readonly bigint[]): bigint[] => values.map((it) => it * ONE);

describe("PriceHistory.inputOf, of candles", () => {
  it("opens with the price in force and closes with the last one", async () => {
    const { candles } = await fed(
      rounds([10n, -7_000n], [12n, -3_000n], [9n, -2_000n], [11n, -1_000n]),
    );
    expect(await candles(1)).to.deep.equal([dollars(10n, 12n, 9n, 11n)]);
  });

  it("counts a round at the start of a candle as its opening price, and not to the one before", async () => {
    const { candles } = await fed(
      rounds([10n, -8_000n], [20n, -3_600n], [15n, -100n], [30n, 0n], [40n, 1n]),
    );
    expect(await candles(2)).to.deep.equal([
      dollars(10n, 10n, 10n, 10n),
      dollars(20n, 20n, 15n, 15n),
    ]);
  });

  it("repeats the price in force in candles without rounds", async () => {
    const { candles } = await fed(rounds([10n, -14_000n], [20n, -100n]));
    expect(await candles(3)).to.deep.equal([
      dollars(10n, 10n, 10n, 10n),
      dollars(10n, 10n, 10n, 10n),
      dollars(10n, 20n, 10n, 20n),
    ]);
  });

  it("takes the later of two rounds of one second", async () => {
    const { candles } = await fed(rounds([10n, -3_600n], [11n, -3_600n], [12n, -5n], [13n, -5n]));
    expect(await candles(1)).to.deep.equal([dollars(11n, 13n, 11n, 13n)]);
  });

  it("has the columns and the order of the query, a step for each column", async () => {
    const entries = rounds([10n, -10_000n], [20n, -5_000n], [16n, -3_000n], [24n, -100n]);
    const { candles } = await fed(entries);
    const overrides = { prices: [PRICE.close, PRICE.low], order: ORDER.newestFirst };
    expect(await candles(2, overrides)).to.deep.equal([dollars(24n, 16n), dollars(20n, 10n)]);
  });

  it("standardizes each column by itself", async () => {
    const entries = rounds(
      ...([
        [10n, -15_000n],
        [20n, -9_000n],
        [16n, -5_000n],
        [24n, -100n],
      ] as const),
    );
    const { candles } = await fed(entries);
    const closes = candlesOf(entries, { end: NOON, interval: HOUR, rows: 3 }).map(
      ([, , , it]) => it,
    );
    const highs = candlesOf(entries, { end: NOON, interval: HOUR, rows: 3 }).map(([, it]) => it);
    const [c, h] = [exact.standardize(closes, F), exact.standardize(highs, F)];
    const overrides = { prices: [PRICE.close, PRICE.high], step: STEP.standardize };
    expect(await candles(3, overrides)).to.deep.equal(c.map((it, i) => [it, h[i]]));
  });

  it("takes returns of one candle more than there are rows", async () => {
    const { candles } = await fed(rounds([10n, -9_000n], [15n, -5_000n], [12n, -100n]));
    const overrides = { prices: [PRICE.close], step: STEP.returns };
    expect(await candles(1, overrides)).to.deep.equal([exact.returnsOf([15n, 12n], F)]);
  });

  it("is the same throughout an interval, whatever is fed, and so is its provenance", async () => {
    const entries = rounds([10n, -7_000n], [12n, -3_000n], [9n, -2_000n]);
    const scenario = await fed(entries);
    const { history, feed, query, releaseOf } = scenario;
    const releaseId = await releaseOf({ elements: 4n });
    const config = configOf(query({ interval: HOUR, maxAge: 10n * HOUR, prices: ALL }));
    await scenario.feedUntil(entries, NOON);
    const before = await history.inputOf(releaseId, config);
    await feed.feed(PHASE + 4n, rounds([99n, 10n], [1n, 3_590n]));
    await networkHelpers.time.setNextBlockTimestamp(NOON + HOUR - 1n);
    await networkHelpers.mine();
    expect(await history.inputOf(releaseId, config)).to.deep.equal(before);
    await networkHelpers.time.setNextBlockTimestamp(NOON + HOUR);
    await networkHelpers.mine();
    expect(await history.inputOf(releaseId, config)).to.not.deep.equal(before);
  });

  it("equals candles by their definition, for drawn rounds", async () => {
    const entry = fc.record({
      seconds: fc.oneof(
        fc.bigInt(0n, 5n * HOUR),
        fc.bigInt(0n, 5n).map((it) => it * HOUR),
      ),
      answer: fc.bigInt(1n, 1_000n),
    });
    const entriesOf = fc.array(entry, { maxLength: 20 }).map((drawn) => {
      const later = drawn.map(({ seconds, answer }) => ({
        ...{ answer: answer * USD, updatedAt: NOON - 4n * HOUR + seconds },
      }));
      const first = { answer: 7n * USD, updatedAt: NOON - 4n * HOUR };
      return [first, ...later.toSorted((a, b) => Number(a.updatedAt - b.updatedAt))];
    });
    await fc.assert(
      fc.asyncProperty(entriesOf, fc.integer({ min: 1, max: 4 }), async (entries, rows) => {
        const { candles } = await fed(entries, NOON + HOUR);
        const expected = candlesOf(entries, { end: NOON + HOUR, interval: HOUR, rows });
        expect(await candles(rows)).to.deep.equal(
          expected.map((it) => it.map((price) => (price * ONE) / USD)),
        );
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  describe("given a phase that begins within the candles", () => {
    it("reverts with PriceHistoryTooShort", async () => {
      const { candles, history } = await fed(rounds([10n, -3_599n], [11n, -100n]));
      await expect(candles(1))
        .to.be.revertedWithCustomError(history, "PriceHistoryTooShort")
        .withArgs(PHASE + 1n);
    });
  });

  describe("given candles that cover more than 1,024 rounds", () => {
    const many = (count: number): Entry[] =>
      Array.from({ length: count }, (_, i) => ({
        ...{ answer: USD, updatedAt: NOON - HOUR + BigInt(i) },
      }));

    it("visits 1,024", async () => {
      const { candles } = await fed(many(1_024));
      expect(await candles(1)).to.deep.equal([dollars(1n, 1n, 1n, 1n)]);
    });

    it("reverts with PriceRoundsTooMany for one more", async () => {
      const { candles, history } = await fed(many(1_025));
      await expect(candles(1))
        .to.be.revertedWithCustomError(history, "PriceRoundsTooMany")
        .withArgs(1_024);
    });
  });

  it("reverts with PriceSpanTooLong for candles that began before the epoch", async () => {
    const { candles, history } = await fed(rounds([10n, -100n]));
    const interval = 2n ** 32n - 1n;
    await expect(candles(1, { interval }))
      .to.be.revertedWithCustomError(history, "PriceSpanTooLong")
      .withArgs(interval, 0);
  });
});
