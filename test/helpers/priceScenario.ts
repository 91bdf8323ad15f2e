import { AbiCoder, id } from "ethers";
import { network } from "hardhat";
import type { AggregatorMock, PriceHistory } from "../../offchain/protocol/typechain/index.ts";
import type { Connection } from "./deployVouch.ts";
import { CIRCUIT, release, scenarioOn } from "./vouchScenario.ts";
import type { Encoding, Scenario } from "./vouchScenario.ts";

export const PRICE = { open: 0, high: 1, low: 2, close: 3 } as const;
export const ORDER = { oldestFirst: 0, newestFirst: 1 } as const;
export const STEP = { none: 0, standardize: 1, normalize: 2, returns: 3 } as const;
export const DECIMALS = 8n;
export const HOUR = 3_600n;
/** Start of an hour, in seconds, some time after the chain's. */
export const NOON: bigint = 3_000_000_000n - (3_000_000_000n % HOUR);
/** Ids of phase 2 count from here. */
export const PHASE: bigint = 2n << 64n;

export type Query = {
  source: string;
  interval: bigint;
  maxAge: bigint;
  prices: number[];
  order: number;
  step: number;
};
export type Entry = { answer: bigint; updatedAt: bigint };
export type Format = Partial<Encoding> & { readonly fractionBits?: bigint };
export type PriceScenario = Scenario & {
  readonly history: PriceHistory;
  readonly feed: AggregatorMock;
  /** The latest closing price, as it is. */
  readonly query: (overrides?: Partial<Query>) => Query;
  /** Publishes a release whose input is encoded so; returns its id. */
  readonly releaseOf: (format: Format) => Promise<string>;
  /** Feeds rounds of phase 2 from its first on, and makes it `now`. */
  readonly feedUntil: (entries: readonly Entry[], now: bigint) => Promise<void>;
};

const QUERY =
  "tuple(address source,uint32 interval,uint32 maxAge,uint8[] prices,uint8 order,uint8 step)";

/** Two slots for each. */
const ROUNDS_A_TRANSACTION = 256;

export const configOf = (query: Query): string =>
  AbiCoder.defaultAbiCoder().encode([QUERY], [query]);

/** A chain apart from the shared one: prices take it to `NOON`, decades ahead, when other tests' certificates have expired. */
export const priceChain: Connection = await network.create();

/** A deployment with an adapter and an empty feed. */
export async function deployPrices(): Promise<PriceScenario> {
  return pricesOn(priceChain);
}

export async function pricesOn(chain: Connection): Promise<PriceScenario> {
  const { ethers, networkHelpers } = chain;
  const scenario = await scenarioOn(chain);
  const { circuits, models, publisher } = scenario;
  const history = await ethers.deployContract("PriceHistory", [models, circuits]);
  const feed = await ethers.deployContract("AggregatorMock", [DECIMALS]);
  const source = await feed.getAddress();
  let releases = 0;

  return {
    ...scenario,
    history,
    feed,
    query: (overrides = {}) => ({
      source,
      ...{ interval: 0n, maxAge: HOUR, prices: [PRICE.close] },
      ...{ order: ORDER.oldestFirst, step: STEP.none },
      ...overrides,
    }),
    releaseOf: async ({ fractionBits = 8n, ...encoding }) => {
      const input = { mode: 0n, elements: 1n, bits: 64n, isSigned: true, ...encoding };
      const circuit = { ...CIRCUIT, input, r1cs: id(String(++releases)) };
      const circuitId = await circuits.register.staticCall(circuit);
      await circuits.register(circuit);
      const published = release({
        ...{ publisher: publisher.address, circuit: circuitId, inputFractionBits: fractionBits },
      });
      const releaseId = await models.publish.staticCall(published, "");
      await models.publish(published, "");
      return releaseId;
    },
    feedUntil: async (entries, now) => {
      for (let i = 0; i < entries.length; i += ROUNDS_A_TRANSACTION) {
        const some = entries.slice(i, i + ROUNDS_A_TRANSACTION);
        await feed.feed(PHASE + 1n + BigInt(i), some);
      }
      await networkHelpers.time.setNextBlockTimestamp(now);
      await networkHelpers.mine();
    },
  };
}
