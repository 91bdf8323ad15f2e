import type { RequestId } from "@vouch/protocol";
import { encodePolicy, parsePolicy } from "@vouch/protocol";
import { AbiCoder, ZeroAddress } from "ethers";
import type { AggregatorMock } from "../../offchain/protocol/typechain/index.ts";
import { DAY } from "./clock.ts";
import type { Listed } from "./publishCatalog.ts";
import type { Town } from "./town.ts";

/** A feed, and how it is run. */
export type SeededFeed = {
  readonly address: string;
  /** Adds the day's price, and runs the feed; whoever serves its release answers what it asked. */
  readonly run: (day: number) => Promise<RequestId>;
};

const ETHER = 10n ** 18n;
const GWEI = 10n ** 9n;
const QUERY =
  "tuple(address source,uint32 interval,uint32 maxAge,uint8[] prices,uint8 order,uint8 step)";
const CLOSE = 3;
const OLDEST_FIRST = 0;
const STANDARDIZE = 1;
const NO_CONFIDENCE = 2n ** 24n - 1n;
/** What the model takes. */
const ROUNDS = 8;
/** Ids of the price feed's rounds: those of its second phase. */
const PHASE = 2n << 64n;
const DECIMALS = 8;
/** Invented prices, in dollars: nobody's market. */
const START_PRICE = 2_900;

/**
 * Creates a feed over invented prices: the eight last ones, standardized, go into the release. That is no input that the model was trained on, so that
 * the feed shows how feeds work, and forecasts nothing.
 */
export async function seedFeed(
  { chain, keeper }: Town,
  listed: Listed,
  firstDay: number,
): Promise<SeededFeed> {
  const { deployment, connection } = chain;
  const { ethers } = connection;
  const prices = await ethers.deployContract("AggregatorMock", [DECIMALS], keeper);
  const registries = [deployment.modelRegistry, deployment.circuitRegistry];
  const history = await ethers.deployContract("PriceHistory", registries, keeper);
  const scheduler = await ethers.getContractAt(
    "Scheduler",
    deployment.scheduler ?? ZeroAddress,
    keeper,
  );
  const head = await ethers.provider.getBlock("latest");
  const now = head?.timestamp ?? 0;
  const query = {
    ...{ source: await prices.getAddress(), interval: 0, maxAge: 2 * DAY, prices: [CLOSE] },
    ...{ order: OLDEST_FIRST, step: STANDARDIZE },
  };
  const schedule = {
    ...{ release: listed.id, policy: encodePolicy(parsePolicy("signature")) },
    ...{ adapter: await history.getAddress() },
    config: AbiCoder.defaultAbiCoder().encode([QUERY], [query]),
    ...{ start: now - (now % DAY), interval: DAY },
    ...{ minFee: 300_000n * GWEI, maxFee: 600_000n * GWEI },
    ...{ stake: ETHER / 100n, bond: ETHER / 1_000n, cover: 0n, maxGasPrice: 10n * GWEI },
    ...{ verificationGas: 400_000n, callbackGas: 250_000n, provisionalGas: 0n },
    ...{ lockPeriod: 900n, answerPeriod: 1_800n },
    ...{ minReward: 10_000n * GWEI, maxReward: 50_000n * GWEI, rewardRamp: 3_600n },
  };
  const terms = {
    ...{ schedule, description: "ETH volatility, on invented prices", answerIndex: 0n },
    ...{ confidenceIndex: NO_CONFIDENCE, decimals: 6, capacity: 64, maxAge: 2 * DAY },
  };
  await addPrices(prices, firstDay - ROUNDS, firstDay, now);
  await (await scheduler.create(terms, { value: ETHER })).wait();
  const [created] = await scheduler.queryFilter(scheduler.filters.FeedCreated());
  const feed = await ethers.getContractAt("ModelFeed", created?.args.feed ?? ZeroAddress, keeper);
  return {
    address: (await feed.getAddress()).toLowerCase(),
    async run(day) {
      const block = await ethers.provider.getBlock("latest");
      await addPrices(prices, day, day + 1, block?.timestamp ?? 0);
      await (await feed.run(keeper.address)).wait();
      return (await feed.latestRequest()) as RequestId;
    },
  };
}

/** Adds a price for each of some days, the last one as of `now`. */
async function addPrices(
  prices: AggregatorMock,
  from: number,
  to: number,
  now: number,
): Promise<void> {
  const rounds = Array.from({ length: to - from }, (_, index) => ({
    answer: BigInt(Math.round(priceOf(from + index) * 10 ** DECIMALS)),
    updatedAt: now - (to - from - 1 - index) * DAY,
  }));
  const id = PHASE + BigInt(from + ROUNDS + 1);
  await (await prices.feed(id, rounds)).wait();
}

/** A curve without a pattern that eyes find. */
function priceOf(day: number): number {
  return START_PRICE * (1 + 0.06 * Math.sin(day * 1.7) + 0.04 * Math.sin(day * 0.61 + 2));
}
