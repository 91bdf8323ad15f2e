import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import {
  CAPACITY,
  INTERVAL,
  LOCK_PERIOD,
  MAX_AGE,
  NO_CONFIDENCE,
  deployFeeds,
  wordsOf,
} from "../../helpers/feedScenario.ts";
import type { Overrides } from "../../helpers/feedScenario.ts";
import { CIRCUIT, all, prove, release, sign, signature, zk } from "../../helpers/vouchScenario.ts";
import { PRICE, STEP, configOf } from "../../helpers/priceScenario.ts";

const { ethers, networkHelpers } = connection;
const DELIVERED = 2n;
const FAILED = 3n;

async function created(overrides?: Overrides) {
  const scenario = await networkHelpers.loadFixture(deployFeeds);
  return { ...scenario, feed: await scenario.create(overrides) };
}

/** `⌊q · 10^8 / 2^8 + 1/2⌋` */
const decimalOf = (q: bigint): bigint => (q * 10n ** 8n + 128n) >> 8n;

describe("ModelFeed.latestRoundData", () => {
  it("reverts with FeedWithoutRound before the first answer", async () => {
    const { feed, run, start } = await created();
    await run(feed, start);
    await expect(feed.latestRoundData()).to.be.revertedWithCustomError(feed, "FeedWithoutRound");
    await expect(feed.historyOf(0n)).to.be.revertedWithCustomError(feed, "FeedWithoutRound");
    await expect(feed.getRoundData(0n)).to.be.revertedWithCustomError(feed, "FeedRoundUnanswered");
  });

  it("returns the last final answer, when its input was made and when it came", async () => {
    const { feed, run, answer, start, requests } = await created();
    const asked = await run(feed, start + 3n);
    await networkHelpers.time.increaseTo(start + 100n);
    await answer(asked, [640n, 64n]);
    const { movedAt } = await requests.resultOf(asked.request);
    expect([...(await feed.latestRoundData())]).to.deep.equal([
      1n,
      250_000_000n,
      start + 3n,
      movedAt,
      1n,
    ]);
    expect(await feed.latestRound()).to.equal(1n);
  });

  it("emits AnswerUpdated and RoundRecorded", async () => {
    const { feed, run, answer, start } = await created();
    const asked = await run(feed, start);
    await answer(asked, [256n, 128n]);
    const [updated] = await feed.queryFilter(feed.filters.AnswerUpdated());
    expect([...updated!.args].slice(0, 2)).to.deep.equal([10n ** 8n, 1n]);
    const [recorded] = await feed.queryFilter(feed.filters.RoundRecorded());
    expect([...recorded!.args].slice(0, 3)).to.deep.equal([1n, asked.request, 5n * 10n ** 7n]);
  });

  it("reverts with FeedStale a second after the input's greatest age, however late the answer came", async () => {
    const { feed, run, answer, start } = await created();
    const asked = await run(feed, start);
    await networkHelpers.time.increaseTo(start + 200n);
    await answer(asked, [1n, 1n]);
    await networkHelpers.time.increaseTo(start + MAX_AGE);
    expect((await feed.latestRoundData()).roundId).to.equal(1n);
    await networkHelpers.time.increaseTo(start + MAX_AGE + 1n);
    for (const view of [feed.latestRoundData(), feed.historyOf(1n)]) {
      await expect(view).to.be.revertedWithCustomError(feed, "FeedStale").withArgs(start, MAX_AGE);
    }
    expect((await feed.getRoundData(1n)).answer).to.equal(decimalOf(1n));
  });

  describe("given fixed-point elements", () => {
    const EXTREMES = [0n, 1n, -1n, 3n, -3n, 2n ** 31n - 1n, -(2n ** 31n)];
    it("rounds half up, as circuits rescale, to the ends of the encoding", async () => {
      const { feed, feedRound } = await created({ decimals: 1n });
      for (const [slot, q] of EXTREMES.entries()) {
        await feedRound(feed, BigInt(slot), [q, -q - 1n]);
        const rounded = (it: bigint) => (it * 10n + 128n) >> 8n;
        expect((await feed.latestRoundData()).answer, String(q)).to.equal(rounded(q));
        expect(await feed.confidenceOfRound(slot + 1), String(q)).to.equal(rounded(-q - 1n));
      }
    });

    it("holds the widest output in the most decimals that are accepted", async () => {
      const { feed, feedRound } = await created({ decimals: 31n });
      for (const [slot, q] of [2n ** 31n - 1n, -(2n ** 31n)].entries()) {
        await feedRound(feed, BigInt(slot), [q, 0n]);
        const expected = (q * 10n ** 31n + 128n) >> 8n;
        expect((await feed.latestRoundData()).answer).to.equal(expected);
      }
    });

    it("takes the elements that it was created for, and an unsigned output without fraction bits", async () => {
      const scenario = await created();
      const { create, feedRound, circuits, models, publisher, operator, run, requests, start } =
        scenario;
      const { domain, claim } = scenario;
      const swapped = await create({ answerIndex: 1n, confidenceIndex: 0n, decimals: 2n });
      await feedRound(swapped, 0n, [256n, 512n]);
      expect((await swapped.latestRoundData()).answer).to.equal(200n);
      expect(await swapped.confidenceOfRound(1n)).to.equal(100n);

      const circuit = {
        ...CIRCUIT,
        output: { mode: 0n, elements: 9n, bits: 32n, isSigned: false },
      };
      const id = await circuits.register.staticCall(circuit);
      await circuits.register(circuit);
      const published = release({
        ...{ publisher: publisher.address, circuit: id, outputFractionBits: 0n },
      });
      const releaseId = await models.publish.staticCall(published, "");
      await models.publish(published, "");
      const wide = await create({
        ...{ answerIndex: 8n, confidenceIndex: NO_CONFIDENCE, decimals: 0n },
        schedule: { release: releaseId },
      });
      const { request, params } = await run(wide, start + 10n * INTERVAL);
      await requests.connect(operator).lock(request, params);
      const output = [0n, (2n ** 32n - 1n) << 32n];
      const evidence = [await sign(operator, domain, claim(request, params, output))];
      await requests.connect(operator).fulfil(request, params, output, evidence);
      expect((await wide.latestRoundData()).answer).to.equal(2n ** 32n - 1n);
      expect(await wide.confidenceOfRound(1n)).to.equal(0n);
    });
  });
});

describe("ModelFeed.getRoundData", () => {
  it("keeps the newest rounds of a full ring and reverts by name for older and later ones", async () => {
    const { feed, feedRound } = await created();
    const count = 2n * CAPACITY + 1n;
    for (let i = 1n; i <= count; ++i) {
      await feedRound(feed, i, [i * 256n, i]);
      const oldest = i > CAPACITY ? i - CAPACITY + 1n : 1n;
      for (let round = oldest; round <= i; ++round) {
        const data = await feed.getRoundData(round);
        expect([data.roundId, data.answer]).to.deep.equal([round, round * 10n ** 8n]);
        expect(await feed.confidenceOfRound(round)).to.equal(decimalOf(round));
      }
      await expect(feed.getRoundData(i + 1n))
        .to.be.revertedWithCustomError(feed, "FeedRoundUnanswered")
        .withArgs(i + 1n);
      if (oldest === 1n) continue;
      for (const view of [
        feed.getRoundData(oldest - 1n),
        feed.confidenceOfRound(oldest - 1n),
        feed.assuranceOfRound(oldest - 1n),
        feed.provenanceOfRound(oldest - 1n),
        feed.roundDetailsOf(oldest - 1n),
      ]) {
        await expect(view)
          .to.be.revertedWithCustomError(feed, "FeedRoundOverwritten")
          .withArgs(oldest - 1n, oldest);
      }
    }
    const kept = Array.from({ length: Number(CAPACITY) }, (_, i) => BigInt(i) + count - 3n);
    expect([...(await feed.historyOf(CAPACITY))]).to.deep.equal(kept.map((it) => it * 10n ** 8n));
    expect([...(await feed.historyOf(2n))]).to.deep.equal(
      kept.slice(-2).map((it) => it * 10n ** 8n),
    );
    await expect(feed.historyOf(CAPACITY + 1n))
      .to.be.revertedWithCustomError(feed, "FeedHistoryTooShort")
      .withArgs(CAPACITY + 1n, CAPACITY);
  });

  it("serves a ring of one round", async () => {
    const { feed, feedRound } = await created({ capacity: 1n });
    for (let i = 1n; i <= 3n; ++i) await feedRound(feed, i, [i, 0n]);
    expect((await feed.latestRoundData()).answer).to.equal(decimalOf(3n));
    await expect(feed.getRoundData(2n))
      .to.be.revertedWithCustomError(feed, "FeedRoundOverwritten")
      .withArgs(2n, 3n);
  });
});

describe("ModelFeed.roundDetailsOf", () => {
  it("returns request, provenance and the assurance that was verified", async () => {
    const { feed, run, answer, start, requests, terms } = await created();
    const asked = await run(feed, start);
    const [event] = await feed.queryFilter(feed.filters.ScheduleRun());
    await answer(asked, [256n, 64n]);
    const details = await feed.roundDetailsOf(1n);
    expect([details.answer, details.confidence]).to.deep.equal([10n ** 8n, 25_000_000n]);
    expect(details.request).to.equal(asked.request);
    expect(details.provenance).to.equal(event!.args.provenance);
    expect(await feed.provenanceOfRound(1n)).to.equal(event!.args.provenance);
    expect([...details.assurance]).to.deep.equal([...(await requests.assuranceOf(asked.request))]);
    expect([...(await feed.assuranceOfRound(1n))]).to.deep.equal([...details.assurance]);
    expect(details.assurance.stakeAtRisk).to.equal(terms().schedule.stake);
  });
});

describe("ModelFeed.onInference", () => {
  it("reverts with InferenceNotFromRequests for anybody else", async () => {
    const { feed, stranger, run, start, feedRelease } = await created();
    const { request } = await run(feed, start);
    const delivery = { request, release: feedRelease, epoch: 1n, finality: 2n };
    const assurance = {
      ...{ kinds: 1n, flags: 0n, quorumK: 0n, quorumN: 0n, minTcb: 0n, tolerance: 0n },
      ...{ window: 0n, stakeAtRisk: 0n },
    };
    await expect(
      feed.connect(stranger).onInference(delivery, wordsOf([1n, 1n]), assurance),
    ).to.be.revertedWithCustomError(feed, "InferenceNotFromRequests");
  });

  it("demands the feed's policy of every answer", async () => {
    const { feed, run, start, requests, operator, domain, claim, router } = await created({
      schedule: { policy: all(zk(), signature) },
    });
    const { request, params } = await run(feed, start);
    await requests.connect(operator).lock(request, params);
    const output = wordsOf([1n, 1n]);
    const statement = claim(request, params, output);
    const signed = await sign(operator, domain, statement);
    await expect(
      requests.connect(operator).fulfil(request, params, output, [signed]),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    const evidence = [prove(domain, statement), signed];
    await requests.connect(operator).fulfil(request, params, output, evidence);
    expect(await feed.latestRound()).to.equal(1n);
  });

  describe("when the policy is longer than the callback's gas allows", () => {
    it("records nothing, which blocks no run, and fails again when it is repeated", async () => {
      const clauses = Array.from({ length: 40 }, () => signature);
      const { feed, run, answer, start, requests } = await created({
        schedule: {
          ...{ policy: all(...clauses), callbackGas: 200_000n, verificationGas: 1_000_000n },
        },
      });
      const { request, params } = await run(feed, start);
      const output = await answer({ request, params }, [256n, 0n]);
      expect((await requests.resultOf(request)).delivery).to.equal(FAILED);
      await expect(requests.redeliver(request, params.release, params.input, output))
        .to.emit(requests, "CallbackAttempted")
        .withArgs(request, 1n, false);
      expect(await feed.latestRound()).to.equal(0n);
      await run(feed, start + INTERVAL);
      expect(await feed.runs()).to.equal(2n);
    });
  });

  describe("given an expired request", () => {
    const late = async () => {
      const scenario = await created();
      const { feed, run, start, requests } = scenario;
      const asked = await run(feed, start);
      await networkHelpers.time.increaseTo(start + LOCK_PERIOD + 1n);
      await requests.expire(asked.request, asked.params);
      const answerLate = async (elements: readonly bigint[]): Promise<void> => {
        const { operator, domain, claim } = scenario;
        const output = wordsOf(elements);
        const evidence = [await sign(operator, domain, claim(asked.request, asked.params, output))];
        await requests.fulfilLate(asked.request, asked.params, operator, output, evidence);
      };
      return { ...scenario, asked, answerLate };
    };

    it("records a late answer while no newer one is a round, as old as its input", async () => {
      const { feed, answerLate, run, start, answer } = await late();
      const newer = await run(feed, start + INTERVAL);
      await answerLate([256n, 0n]);
      expect((await feed.latestRoundData()).startedAt).to.equal(start);
      await answer(newer, [512n, 0n]);
      expect((await feed.latestRoundData()).answer).to.equal(2n * 10n ** 8n);
      expect((await feed.getRoundData(1n)).answer).to.equal(10n ** 8n);
    });

    it("records no late answer after a newer one, and accepts the delivery", async () => {
      const { feed, asked, answerLate, feedRound, requests } = await late();
      await feedRound(feed, 1n, [512n, 0n]);
      await answerLate([256n, 0n]);
      expect((await requests.resultOf(asked.request)).delivery).to.equal(DELIVERED);
      const [event] = await feed.queryFilter(feed.filters.AnswerSuperseded());
      expect(event!.args.request).to.equal(asked.request);
      expect(await feed.latestRound()).to.equal(1n);
      expect((await feed.latestRoundData()).answer).to.equal(2n * 10n ** 8n);
    });
  });
});

describe("a feed as the input of another release", () => {
  it("is read by PriceHistory, and refused once it is stale", async () => {
    const { feed, feedRound, circuits, models, publisher, start } = await created();
    for (let i = 0n; i < 6n; ++i) await feedRound(feed, i, [(i + 1n) * 256n, 0n]);
    const history = await ethers.deployContract("PriceHistory", [models, circuits]);
    const input = { mode: 0n, elements: 3n, bits: 64n, isSigned: true };
    const circuit = await circuits.register.staticCall({ ...CIRCUIT, input });
    await circuits.register({ ...CIRCUIT, input });
    const published = release({
      ...{ publisher: publisher.address, circuit, inputFractionBits: 8n },
    });
    const releaseId = await models.publish.staticCall(published, "");
    await models.publish(published, "");
    const config = configOf({
      source: await feed.getAddress(),
      ...{ interval: 0n, maxAge: MAX_AGE, prices: [PRICE.close], order: 0, step: STEP.none },
    });
    const [words] = await history.inputOf(releaseId, config);
    const expected = [4n, 5n, 6n].reduce(
      (word, it, i) => word | ((it * 256n + 2n ** 63n) << (64n * BigInt(i))),
      0n,
    );
    expect([...words]).to.deep.equal([expected]);
    await networkHelpers.time.increaseTo(start + 5n * INTERVAL + MAX_AGE + 1n);
    await expect(history.inputOf(releaseId, config)).to.be.revertedWithCustomError(
      feed,
      "FeedStale",
    );
  });
});
