import { unpackWords } from "@vouch/protocol";
import { expect } from "chai";
import { ZeroHash } from "ethers";
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
import type { Entry, Format, Query } from "../../helpers/priceScenario.ts";
import { release } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = priceChain;
const USD = 10n ** DECIMALS;
const F = 8n;
const ONE = 1n << F;
const MINUTE = 60n;
/** One round a minute, the last of them at `NOON`. */
const minutely = (answers: readonly bigint[], until = NOON): Entry[] =>
  answers.map((answer, i) => ({
    answer,
    updatedAt: until - BigInt(answers.length - 1 - i) * MINUTE,
  }));
const PRICES = [100n, 104n, 98n, 102n, 101n].map((it) => it * USD);

async function fed(entries: readonly Entry[] = minutely(PRICES), now = NOON) {
  const scenario = await networkHelpers.loadFixture(deployPrices);
  const { history, query, releaseOf, feedUntil } = scenario;
  await feedUntil(entries, now);
  /** Elements that a release of this format is given. */
  const elements = async (format: Format, overrides: Partial<Query> = {}): Promise<bigint[]> => {
    const releaseId = await releaseOf(format);
    await networkHelpers.time.setNextBlockTimestamp(now + 60n);
    await networkHelpers.mine();
    const { words } = await history.inputOf(releaseId, configOf(query(overrides)));
    return unpackWords(words, {
      ...{ mode: "public", fractionBits: Number(format.fractionBits ?? F) },
      elements: Number(format.elements ?? 1n),
      bits: Number(format.bits ?? 64n),
      signed: format.isSigned ?? true,
    });
  };
  /** A call that is expected to be refused. */
  const input = async (format: Format, overrides: Partial<Query> = {}) =>
    history.inputOf(await releaseOf(format), configOf(query(overrides)));
  return { ...scenario, elements, input };
}

describe("PriceHistory.inputOf", () => {
  describe("given rounds as they are", () => {
    it("returns the last prices, oldest first, in the release's fraction bits", async () => {
      const { elements } = await fed();
      const last = [98n, 102n, 101n].map((it) => it * ONE);
      expect(await elements({ elements: 3n })).to.deep.equal(last);
    });

    it("returns them newest first where the query says so", async () => {
      const { elements } = await fed();
      const last = [101n, 102n, 98n].map((it) => it * ONE);
      const overrides = { order: ORDER.newestFirst };
      expect(await elements({ elements: 3n }, overrides)).to.deep.equal(last);
    });

    it("rounds prices half up", async () => {
      // Without fraction bits: 0.49999999, 0.5 and 1.50000001 dollars.
      const { elements } = await fed(minutely([USD / 2n - 1n, USD / 2n, (3n * USD) / 2n + 1n]));
      const format = { elements: 3n, fractionBits: 0n };
      expect(await elements(format)).to.deep.equal([0n, 1n, 2n]);
    });

    it("returns as many as the phase has", async () => {
      const { elements } = await fed();
      const all = PRICES.map((it) => (it / USD) * ONE);
      expect(await elements({ elements: 5n })).to.deep.equal(all);
    });

    it("fills unsigned and small elements up to their range", async () => {
      const { elements } = await fed(minutely([255n * USD]));
      const format = { elements: 1n, bits: 8n, isSigned: false, fractionBits: 0n };
      expect(await elements(format)).to.deep.equal([255n]);
    });
  });

  describe("given a step", () => {
    for (const [name, step, expected, count] of [
      ["standardizes", STEP.standardize, exact.standardize(PRICES, F), 5n],
      ["normalizes", STEP.normalize, exact.normalize(PRICES, F), 5n],
      ["takes the returns, of one more price", STEP.returns, exact.returnsOf(PRICES, F), 4n],
    ] as const) {
      it(`${name} from the exact answers`, async () => {
        const { elements } = await fed();
        expect(await elements({ elements: count }, { step })).to.deep.equal(expected);
      });
    }

    it("reverts with StatisticsSpreadZero for prices that did not move", async () => {
      const { input, history } = await fed(minutely([USD, USD, USD]));
      for (const step of [STEP.standardize, STEP.normalize]) {
        const library = await ethers.getContractAt("StatisticsMock", await history.getAddress());
        await expect(input({ elements: 3n }, { step }))
          .to.be.revertedWithCustomError(library, "StatisticsSpreadZero")
          .withArgs(USD);
      }
    });
  });

  describe("given an element that the encoding cannot hold", () => {
    it("reverts with TensorElementOutOfRange, naming index and value, and never clamps", async () => {
      const { input } = await fed(minutely([127n * USD, 128n * USD]));
      const codec = await ethers.deployContract("CodecMock");
      await expect(input({ elements: 2n, bits: 8n, fractionBits: 0n }))
        .to.be.revertedWithCustomError(codec, "TensorElementOutOfRange")
        .withArgs(1, 128);
      await expect(
        input({ elements: 2n, bits: 9n, isSigned: false }, { step: STEP.standardize }),
      ).to.be.revertedWithCustomError(codec, "TensorElementOutOfRange");
    });
  });

  describe("given a round that says nothing", () => {
    for (const answer of [0n, -1n, 1n << 128n]) {
      it(`reverts with PriceInvalid for the answer ${answer}, latest or not`, async () => {
        const first = await fed(minutely([USD, USD, answer]));
        await expect(first.input({ elements: 1n }))
          .to.be.revertedWithCustomError(first.history, "PriceInvalid")
          .withArgs(PHASE + 3n, answer);
        const { input, history } = await fed(minutely([USD, answer, USD]));
        await expect(input({ elements: 2n }))
          .to.be.revertedWithCustomError(history, "PriceInvalid")
          .withArgs(PHASE + 2n, answer);
      });
    }

    it("reverts with PriceRoundUnanswered for a gap", async () => {
      const [first, , third] = minutely([USD, USD, USD]);
      const { input, history } = await fed([first!, { answer: 0n, updatedAt: 0n }, third!]);
      await expect(input({ elements: 3n }))
        .to.be.revertedWithCustomError(history, "PriceRoundUnanswered")
        .withArgs(PHASE + 2n);
    });

    it("reverts with PriceRoundUnanswered for a feed without rounds", async () => {
      const { input, history } = await fed([]);
      await expect(input({ elements: 1n }))
        .to.be.revertedWithCustomError(history, "PriceRoundUnanswered")
        .withArgs(0);
    });

    it("reverts with PriceRoundOutOfOrder for a round later than the next, or than now", async () => {
      const [first, second] = minutely([USD, USD]);
      const { input, history } = await fed([second!, first!]);
      await expect(input({ elements: 2n }))
        .to.be.revertedWithCustomError(history, "PriceRoundOutOfOrder")
        .withArgs(PHASE + 1n, NOON, NOON - MINUTE);
      const later = await fed(minutely([USD], NOON + HOUR));
      await expect(later.input({ elements: 1n })).to.be.revertedWithCustomError(
        later.history,
        "PriceRoundOutOfOrder",
      );
    });
  });

  describe("given a phase that is too short", () => {
    it("reverts with PriceHistoryTooShort at its first round, and leaves the phase before alone", async () => {
      const { input, history, feed } = await fed();
      const before = PHASE - (1n << 64n) + 1n;
      await feed.feed(before, minutely([USD, USD, USD], NOON - HOUR));
      await feed.feed(PHASE + 1n, minutely(PRICES));
      await expect(input({ elements: 6n }))
        .to.be.revertedWithCustomError(history, "PriceHistoryTooShort")
        .withArgs(PHASE + 1n);
    });

    it("reverts likewise for a feed without phases", async () => {
      const { input, history, feed } = await fed();
      await feed.feed(1n, minutely(PRICES));
      await expect(input({ elements: 6n }))
        .to.be.revertedWithCustomError(history, "PriceHistoryTooShort")
        .withArgs(1);
    });
  });

  describe("given a stale feed", () => {
    it("reverts with PriceStale a second after the age allowed", async () => {
      const { history, query, releaseOf } = await fed();
      const releaseId = await releaseOf({ elements: 1n });
      const config = configOf(query({ maxAge: HOUR }));
      await networkHelpers.time.setNextBlockTimestamp(NOON + HOUR);
      await networkHelpers.mine();
      await history.inputOf(releaseId, config);
      await networkHelpers.time.setNextBlockTimestamp(NOON + HOUR + 1n);
      await networkHelpers.mine();
      await expect(history.inputOf(releaseId, config))
        .to.be.revertedWithCustomError(history, "PriceStale")
        .withArgs(PHASE + 5n, NOON, HOUR);
    });
  });

  describe("given a source that misbehaves", () => {
    it("reverts with the source's own error", async () => {
      const { input, feed } = await fed();
      await feed.misbehave(1n);
      await expect(input({ elements: 2n }))
        .to.be.revertedWithCustomError(feed, "AggregatorRefused")
        .withArgs(PHASE + 4n);
    });

    it("reverts with PriceRoundMismatch for another round than was asked for", async () => {
      const { input, history, feed } = await fed();
      await feed.misbehave(2n);
      await expect(input({ elements: 2n }))
        .to.be.revertedWithCustomError(history, "PriceRoundMismatch")
        .withArgs(PHASE + 4n, PHASE + 5n);
    });

    it("reverts for an address without code", async () => {
      const { input, stranger } = await fed();
      await expect(
        input({ elements: 1n }, { source: stranger.address }),
      ).to.be.revertedWithoutReason(ethers);
    });

    it("reverts with PriceDecimalsTooMany", async () => {
      const { input, history } = await fed();
      const feed = await ethers.deployContract("AggregatorMock", [37n]);
      await feed.feed(1n, minutely(PRICES));
      await expect(input({ elements: 1n }, { source: await feed.getAddress() }))
        .to.be.revertedWithCustomError(history, "PriceDecimalsTooMany")
        .withArgs(37, 36);
    });
  });

  describe("given a query that fits no input", () => {
    it("reverts with PriceSelectionInvalid for no price, or one that a round does not have", async () => {
      const { input, history } = await fed();
      for (const overrides of [
        { prices: [] },
        { prices: [], interval: HOUR },
        { prices: [PRICE.high] },
        { prices: [PRICE.close, PRICE.close] },
      ]) {
        await expect(input({ elements: 2n }, overrides)).to.be.revertedWithCustomError(
          history,
          "PriceSelectionInvalid",
        );
      }
    });

    it("reverts with PriceShapeInvalid where the elements are no whole rows", async () => {
      const { input, history } = await fed();
      await expect(input({ elements: 3n }, { interval: HOUR, prices: [PRICE.open, PRICE.close] }))
        .to.be.revertedWithCustomError(history, "PriceShapeInvalid")
        .withArgs(3, 2);
    });

    it("reverts with PriceRowsTooMany above 1,024 rows", async () => {
      const { input, history } = await fed();
      await expect(input({ elements: 1_025n, bits: 16n }))
        .to.be.revertedWithCustomError(history, "PriceRowsTooMany")
        .withArgs(1_025, 1_024);
      await expect(input({ elements: 1_024n, bits: 16n }, { step: STEP.returns }))
        .to.be.revertedWithCustomError(history, "PriceRowsTooMany")
        .withArgs(1_025, 1_024);
    });
  });

  describe("given a release that takes no such input", () => {
    it("reverts with ReleaseNotPublished", async () => {
      const { history, models, query } = await fed();
      await expect(history.inputOf(ZeroHash, configOf(query())))
        .to.be.revertedWithCustomError(models, "ReleaseNotPublished")
        .withArgs(ZeroHash);
    });

    it("reverts with CircuitNotRegistered for a release without a circuit", async () => {
      const { history, models, circuits, publisher, query } = await fed();
      const bare = release({ publisher: publisher.address, weights: 0n });
      const releaseId = await models.publish.staticCall(bare, "");
      await models.publish(bare, "");
      await expect(history.inputOf(releaseId, configOf(query()))).to.be.revertedWithCustomError(
        circuits,
        "CircuitNotRegistered",
      );
    });

    it("reverts with TensorCommitted for a committed input", async () => {
      const { input } = await fed();
      const codec = await ethers.deployContract("CodecMock");
      await expect(input({ mode: 1n })).to.be.revertedWithCustomError(codec, "TensorCommitted");
    });

    it("reverts with StatisticsFractionBitsTooMany above 96 fraction bits", async () => {
      const { input } = await fed();
      const mock = await ethers.deployContract("StatisticsMock");
      await expect(input({ fractionBits: 97n }))
        .to.be.revertedWithCustomError(mock, "StatisticsFractionBitsTooMany")
        .withArgs(97, 96);
    });
  });

  describe("given words of a release", () => {
    it("are taken by InferenceRequests as they are", async () => {
      const { history, query, releaseOf, requests, requester, params } = await fed();
      const releaseId = await releaseOf({ elements: 5n });
      const [words] = await history.inputOf(releaseId, configOf(query()));
      const terms = await params({ release: releaseId, input: [...words] });
      const value = terms.maxFee + terms.verificationGas * terms.maxGasPrice;
      await expect(requests.connect(requester).request(terms, { value })).to.emit(
        requests,
        "InferenceRequested",
      );
    });
  });
});
