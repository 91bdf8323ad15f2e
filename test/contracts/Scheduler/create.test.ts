import { expect } from "chai";
import { AbiCoder, ZeroAddress, ZeroHash, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { DECIMALS, INTERVAL, deployFeeds } from "../../helpers/feedScenario.ts";
import type { Overrides } from "../../helpers/feedScenario.ts";
import { CIRCUIT, ETHER, INPUT, deployScenario, release } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployFeeds);

describe("Scheduler.create", () => {
  it("creates a feed that says what it is bound to, and whose", async () => {
    const { create, scheduler, requester, feedRelease, adapter, terms, requests } =
      await deployed();
    const feed = await create();
    expect(await scheduler.isFeed(feed)).to.equal(true);
    expect(await feed.sponsor()).to.equal(requester.address);
    expect(await feed.release()).to.equal(feedRelease);
    expect(await feed.adapter()).to.equal(await adapter.getAddress());
    expect(await feed.requests()).to.equal(await requests.getAddress());
    expect(await feed.decimals()).to.equal(DECIMALS);
    expect(await feed.description()).to.equal("ETH volatility");
    expect(await feed.version()).to.equal(1n);
    const { schedule, ...rest } = terms();
    const stored = await feed.terms();
    for (const [name, value] of Object.entries(rest)) {
      expect(stored[name as "maxAge"], name).to.equal(value);
    }
    const { policy, ...flat } = schedule;
    for (const [name, value] of Object.entries(flat)) {
      expect(stored.schedule[name as "interval"], name).to.equal(value);
    }
    expect(stored.schedule.policy.allOf.length).to.equal(policy.allOf.length);
  });

  it("puts what is sent into the feed's balance and emits FeedCreated with the hash of the terms", async () => {
    const { scheduler, requester, terms, feedRelease, adapter } = await deployed();
    const feed = await scheduler.connect(requester).create.staticCall(terms());
    const fragment = scheduler.interface.getFunction("create").inputs;
    const hash = keccak256(AbiCoder.defaultAbiCoder().encode(fragment, [terms()]));
    await expect(scheduler.connect(requester).create(terms(), { value: 7n }))
      .to.emit(scheduler, "FeedCreated")
      .withArgs(feed, requester.address, feedRelease, await adapter.getAddress(), hash);
    expect(await (await ethers.getContractAt("ModelFeed", feed)).balance()).to.equal(7n);
    expect(await ethers.provider.getBalance(scheduler)).to.equal(0n);
  });

  it("asks the requests' contract that is deployed with it", async () => {
    const { scheduler, requests } = await networkHelpers.loadFixture(deployScenario);
    expect(await scheduler.requests()).to.equal(await requests.getAddress());
  });

  it("knows no feed that it did not create", async () => {
    const { scheduler, requests, requester, terms } = await deployed();
    const lone = await ethers.deployContract("ModelFeed", [requests, requester, terms()]);
    expect(await scheduler.isFeed(lone)).to.equal(false);
  });

  const REFUSED: Record<string, readonly [error: string, overrides: Overrides]> = {
    "no interval": ["ScheduleIntervalZero", { schedule: { interval: 0n, rewardRamp: 0n } }],
    "nobody could lock": ["SchedulePeriodsInvalid", { schedule: { lockPeriod: 0n } }],
    "nobody could answer": [
      "SchedulePeriodsInvalid",
      { schedule: { lockPeriod: 60n, answerPeriod: 60n } },
    ],
    "the reward falls": ["ScheduleRewardInvalid", { schedule: { minReward: 2n, maxReward: 1n } }],
    "the reward rises for longer than a slot": [
      "ScheduleRewardInvalid",
      { schedule: { rewardRamp: INTERVAL + 1n } },
    ],
    "there is no such element for the answer": ["FeedOutputUnsuitable", { answerIndex: 2n }],
    "there is no such element for the confidence": [
      "FeedOutputUnsuitable",
      { confidenceIndex: 2n },
    ],
    "it has too many decimals": ["FeedDecimalsTooMany", { decimals: 37n }],
    "an output may not fit": ["FeedRangeTooWide", { decimals: 32n }],
    "it keeps no round": ["FeedCapacityZero", { capacity: 0n }],
    "the callback's gas may not do": [
      "FeedCallbackGasTooLow",
      { schedule: { callbackGas: 199_999n } },
    ],
  };
  for (const [when, [error, overrides]] of Object.entries(REFUSED)) {
    describe(`when ${when}`, () => {
      it(`reverts with ${error}`, async () => {
        const { scheduler, terms } = await deployed();
        const factory = await ethers.getContractFactory("ModelFeed");
        await expect(scheduler.create(terms(overrides))).to.be.revertedWithCustomError(
          factory,
          error,
        );
      });
    });
  }

  it("accepts the most decimals in which every output fits", async () => {
    const { create } = await deployed();
    // 2^31 · 10^d ≤ (2^127 - 1) · 2^8, so that d is 31.
    expect(await (await create({ decimals: 31n })).decimals()).to.equal(31n);
  });

  describe("when the release has no circuit, or its output is committed", () => {
    it("reverts with FeedOutputUnsuitable", async () => {
      const { scheduler, terms, models, circuits, publisher } = await deployed();
      const factory = await ethers.getContractFactory("ModelFeed");
      const committed = {
        ...CIRCUIT,
        output: { mode: 1n, elements: 1n, bits: 32n, isSigned: true },
      };
      const circuit = await circuits.register.staticCall(committed);
      await circuits.register(committed);
      for (const [model, it] of Object.entries({ none: ZeroHash, hidden: circuit })) {
        const weights = it === ZeroHash ? { weights: 0n } : {};
        const published = release({
          ...{ publisher: publisher.address, model, circuit: it, ...weights },
        });
        const id = await models.publish.staticCall(published, "");
        await models.publish(published, "");
        await expect(
          scheduler.create(terms({ schedule: { release: id } })),
        ).to.be.revertedWithCustomError(factory, "FeedOutputUnsuitable");
      }
    });
  });

  describe("when the release's output has more fraction bits than are read", () => {
    it("reverts with FeedRangeTooWide from the first too many", async () => {
      const { scheduler, terms, models, publisher, circuitId } = await deployed();
      const factory = await ethers.getContractFactory("ModelFeed");
      for (const bits of [96n, 97n]) {
        const fine = release({
          publisher: publisher.address,
          version: `${bits} fraction bits`,
          circuit: circuitId,
          outputFractionBits: bits,
        });
        const id = await models.publish.staticCall(fine, "");
        await models.publish(fine, "");
        const asked = terms({
          schedule: { release: id },
          decimals: 0n,
          answerIndex: 0n,
          confidenceIndex: 2n ** 24n - 1n,
        });
        if (bits === 96n) await scheduler.create.staticCall(asked);
        else {
          await expect(scheduler.create(asked))
            .to.be.revertedWithCustomError(factory, "FeedRangeTooWide")
            .withArgs(32n, 97n, 0n);
        }
      }
    });
  });

  describe("when the release is not published", () => {
    it("reverts with ReleaseNotPublished", async () => {
      const { scheduler, models, terms } = await deployed();
      await expect(
        scheduler.create(terms({ schedule: { release: ZeroHash } })),
      ).to.be.revertedWithCustomError(models, "ReleaseNotPublished");
    });
  });
});

describe("FixedInput.inputOf", () => {
  it("returns the words of the configuration and a provenance of all that they depend on", async () => {
    const { feedRelease, domain } = await deployed();
    const fixed = await ethers.deployContract("FixedInput");
    const coder = AbiCoder.defaultAbiCoder();
    const config = coder.encode(["uint256[]"], [INPUT]);
    const [words, provenance] = await fixed.inputOf(feedRelease, config);
    expect([...words]).to.deep.equal(INPUT);
    expect(provenance).to.equal(
      keccak256(
        coder.encode(
          ["bytes32", "uint256", "address", "bytes32", "bytes32"],
          [
            keccak256(Buffer.from("vouch.fixed-input.v1")),
            ...[domain.chainId, await fixed.getAddress(), feedRelease, keccak256(config)],
          ],
        ),
      ),
    );
  });

  it("feeds a schedule", async () => {
    const { create, run, start } = await deployed();
    const fixed = await ethers.deployContract("FixedInput");
    const config = AbiCoder.defaultAbiCoder().encode(["uint256[]"], [INPUT]);
    const feed = await create({ schedule: { adapter: await fixed.getAddress(), config } });
    expect((await run(feed, start)).params.input).to.deep.equal(INPUT);
    expect(await feed.balance()).to.be.below(ETHER);
    expect(await feed.latestRequest()).to.not.equal(ZeroAddress);
  });
});
