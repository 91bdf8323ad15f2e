import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { INTERVAL, WINDOW, deployFeeds, optimistic, wordsOf } from "../../helpers/feedScenario.ts";
import type { Overrides } from "../../helpers/feedScenario.ts";
import { all, signature } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const ELEMENTS = [768n, 128n] as const;
const OUTPUT = wordsOf(ELEMENTS);

/** A round 1, and a provisional answer to the run of slot 1. */
async function proposed(overrides: Overrides["schedule"] = {}) {
  const scenario = await networkHelpers.loadFixture(deployFeeds);
  const { create, run, answer, requests, start, disputes } = scenario;
  const feed = await create({
    schedule: { policy: all(signature, optimistic), provisionalGas: 250_000n, ...overrides },
  });
  const first = await run(feed, start);
  const output = await answer(first, [256n, 0n]);
  await networkHelpers.time.increaseTo(start + WINDOW + 60n);
  await requests.finalize(first.request, first.params, output);
  const asked = await run(feed, start + INTERVAL);
  await answer(asked, ELEMENTS);
  const { request, params } = asked;
  const judge = requests.connect(disputes);
  return { ...scenario, feed, asked, request, params, judge };
}

describe("ModelFeed.latestProvisional", () => {
  it("returns an answer that can still be challenged, and no round shows it", async () => {
    const { feed, request, start } = await proposed();
    const proposal = await feed.latestProvisional();
    const { answer, confidence, startedAt } = proposal;
    expect([answer, confidence, startedAt]).to.deep.equal([
      3n * 10n ** 8n,
      5n * 10n ** 7n,
      start + INTERVAL,
    ]);
    expect(proposal.request).to.equal(request);
    expect(await feed.latestRound()).to.equal(1n);
    expect((await feed.latestRoundData()).answer).to.equal(10n ** 8n);
    expect([...(await feed.historyOf(1n))]).to.deep.equal([10n ** 8n]);
    await expect(feed.getRoundData(2n)).to.be.revertedWithCustomError(feed, "FeedRoundUnanswered");
    await expect(feed.roundDetailsOf(2n)).to.be.revertedWithCustomError(
      feed,
      "FeedRoundUnanswered",
    );
  });

  it("reverts with FeedWithoutProposal once the answer is final, which makes it a round", async () => {
    const { feed, request, params, requests, start } = await proposed();
    await networkHelpers.time.increaseTo(start + INTERVAL + 2n * WINDOW);
    await requests.finalize(request, params, OUTPUT);
    await expect(feed.latestProvisional()).to.be.revertedWithCustomError(
      feed,
      "FeedWithoutProposal",
    );
    const details = await feed.roundDetailsOf(2n);
    expect([details.answer, details.startedAt]).to.deep.equal([3n * 10n ** 8n, start + INTERVAL]);
    expect(details.assurance.window).to.equal(WINDOW);
  });

  it("still shows it while it is contested", async () => {
    const { feed, request, judge } = await proposed();
    await judge.contest(request);
    expect((await feed.latestProvisional()).request).to.equal(request);
  });

  it("reverts with FeedWithoutProposal once the answer is overturned, which makes no round", async () => {
    const { feed, request, params, judge, stranger } = await proposed();
    await judge.contest(request);
    await expect(judge.resolve(request, params, OUTPUT, false, stranger))
      .to.emit(feed, "ProposalOverturned")
      .withArgs(request);
    await expect(feed.latestProvisional()).to.be.revertedWithCustomError(
      feed,
      "FeedWithoutProposal",
    );
    expect(await feed.latestRound()).to.equal(1n);
    expect((await feed.latestRoundData()).answer).to.equal(10n ** 8n);
  });

  it("gives the number after the last final round to the next one, whatever was overturned between", async () => {
    const { feed, request, params, judge, stranger, run, answer, start, requests } =
      await proposed();
    await judge.contest(request);
    await judge.resolve(request, params, OUTPUT, false, stranger);
    const next = await run(feed, start + 2n * INTERVAL);
    const output = await answer(next, [1024n, 0n]);
    await networkHelpers.time.increaseTo(start + 2n * INTERVAL + 2n * WINDOW);
    await requests.finalize(next.request, next.params, output);
    const data = await feed.latestRoundData();
    expect([data.roundId, data.answer]).to.deep.equal([2n, 4n * 10n ** 8n]);
  });

  it("records a contested answer that stands after the next run, unless that one was answered before", async () => {
    for (const answeredBefore of [false, true]) {
      const { feed, request, params, judge, run, answer, start, requests } = await proposed();
      await judge.contest(request);
      const next = await run(feed, start + 2n * INTERVAL);
      await expect(feed.latestProvisional()).to.be.revertedWithCustomError(
        feed,
        "FeedWithoutProposal",
      );
      const output = await answer(next, [1024n, 0n]);
      if (answeredBefore) {
        await networkHelpers.time.increaseTo(start + 2n * INTERVAL + 2n * WINDOW);
        await requests.finalize(next.request, next.params, output);
      }
      await judge.resolve(request, params, OUTPUT, true, ZeroAddress);
      const data = await feed.latestRoundData();
      expect(data.roundId).to.equal(2n);
      expect(data.answer).to.equal((answeredBefore ? 4n : 3n) * 10n ** 8n);
    }
  });

  describe("when no provisional callback was bought", () => {
    it("reverts with FeedWithoutProposal", async () => {
      const { feed } = await proposed({ provisionalGas: 0n });
      await expect(feed.latestProvisional()).to.be.revertedWithCustomError(
        feed,
        "FeedWithoutProposal",
      );
    });
  });

  describe("when the provisional callback ran out of gas", () => {
    it("reverts with FeedWithoutProposal, and records the final answer", async () => {
      const { feed, request, params, requests, start } = await proposed({
        provisionalGas: 30_000n,
      });
      await expect(feed.latestProvisional()).to.be.revertedWithCustomError(
        feed,
        "FeedWithoutProposal",
      );
      await networkHelpers.time.increaseTo(start + INTERVAL + 2n * WINDOW);
      await requests.finalize(request, params, OUTPUT);
      expect((await feed.latestRoundData()).answer).to.equal(3n * 10n ** 8n);
    });
  });
});
