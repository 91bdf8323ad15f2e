import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, toBeHex } from "ethers";
import {
  HOUR,
  NOON,
  ORDER,
  PHASE,
  PRICE,
  configOf,
  deployPrices,
  priceChain,
} from "../../helpers/priceScenario.ts";

const { ethers, networkHelpers } = priceChain;
const NO_END = 2n ** 256n - 1n;
const ENTRIES = [
  { answer: 5n, updatedAt: NOON - 2n * HOUR },
  { answer: 7n, updatedAt: NOON - HOUR },
  { answer: 9n, updatedAt: NOON - 30n },
  { answer: 8n, updatedAt: NOON },
];

async function fed() {
  const scenario = await networkHelpers.loadFixture(deployPrices);
  const releaseId = await scenario.releaseOf({ elements: 2n, fractionBits: 30n });
  await scenario.feedUntil(ENTRIES, NOON);
  return { ...scenario, releaseId };
}

describe("PriceHistory.roundsOf", () => {
  it("returns the rounds taken, newest first, and no end without candles", async () => {
    const { history, query, releaseId } = await fed();
    const [rounds, end] = await history.roundsOf(releaseId, configOf(query()));
    expect(rounds.map((it) => [...it])).to.deep.equal([
      [PHASE + 4n, NOON, 8n],
      [PHASE + 3n, NOON - 30n, 9n],
    ]);
    expect(end).to.equal(NO_END);
  });

  it("returns the rounds back to the one in force at the start of the first candle, and the end", async () => {
    const { history, query, releaseId } = await fed();
    const candles = { interval: HOUR, prices: [PRICE.close, PRICE.open] };
    const [rounds, end] = await history.roundsOf(releaseId, configOf(query(candles)));
    expect(rounds.map((it) => [...it])).to.deep.equal([
      [PHASE + 3n, NOON - 30n, 9n],
      [PHASE + 2n, NOON - HOUR, 7n],
    ]);
    expect(end).to.equal(NOON);
  });
});

describe("the provenance of PriceHistory.inputOf", () => {
  it("is the hash that IPriceHistory documents, of the rounds that roundsOf returns", async () => {
    const { history, query, releaseId } = await fed();
    const { chainId } = await ethers.provider.getNetwork();
    for (const overrides of [{}, { interval: HOUR, prices: [PRICE.high, PRICE.low] }]) {
      const config = configOf(query(overrides));
      const [rounds, end] = await history.roundsOf(releaseId, config);
      const words = rounds.map((it) =>
        toBeHex((it.id << 176n) | (it.updatedAt << 128n) | it.answer, 32),
      );
      const expected = keccak256(
        AbiCoder.defaultAbiCoder().encode(
          ["bytes32", "uint256", "address", "bytes32", "bytes32", "uint256", "bytes32"],
          [
            ...[id("vouch.price-history.v1"), chainId, await history.getAddress(), releaseId],
            ...[keccak256(config), end, keccak256(concat(words))],
          ],
        ),
      );
      expect((await history.inputOf(releaseId, config)).provenance).to.equal(expected);
    }
  });

  it("differs by source, round, time, answer, release, configuration and adapter", async () => {
    const { history, feed, query, releaseId, releaseOf, models, circuits, feedUntil } = await fed();
    const twin = await ethers.deployContract("AggregatorMock", [8n]);
    await twin.feed(PHASE + 1n, ENTRIES);
    const other = await ethers.deployContract("PriceHistory", [models, circuits]);
    const otherRelease = await releaseOf({ elements: 2n, fractionBits: 29n });
    await feedUntil(ENTRIES, NOON + 60n);
    const config = configOf(query());
    const provenanceOf = async (asked = config, release = releaseId, adapter = history) =>
      (await adapter.inputOf(release, asked)).provenance;
    const seen = [
      await provenanceOf(),
      await provenanceOf(configOf(query({ source: await twin.getAddress() }))),
      await provenanceOf(configOf(query({ order: ORDER.newestFirst }))),
      await provenanceOf(config, otherRelease),
      await provenanceOf(config, releaseId, other),
    ];
    const [first, second, third, last] = ENTRIES as Required<[Entry, Entry, Entry, Entry]>;
    for (const rounds of [
      [first, second, third, { ...last, answer: 10n }],
      [first, second, third, { ...last, updatedAt: NOON - 1n }],
    ]) {
      await feed.feed(PHASE + 1n, rounds);
      seen.push(await provenanceOf());
    }
    await feed.feed(PHASE + 10n, ENTRIES);
    seen.push(await provenanceOf());
    expect(new Set(seen).size).to.equal(seen.length);
  });
});

type Entry = (typeof ENTRIES)[number];
