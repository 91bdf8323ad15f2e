import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { NOON, PRICE, STEP, configOf, pricesOn } from "../../helpers/priceScenario.ts";
import type { Query } from "../../helpers/priceScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/priceHistoryGas.json");
const ALL = [PRICE.open, PRICE.high, PRICE.low, PRICE.close];
const MINUTE = 60n;
const FED = 1_024;

/** What a transaction takes that does nothing else, over a feed that keeps a round in two slots and has no proxy. */
const CASES: Record<string, readonly [elements: bigint, overrides: Partial<Query>]> = {
  "10 rounds": [10n, {}],
  "100 rounds": [100n, {}],
  "1,000 rounds": [1_000n, {}],
  "100 rounds, standardized": [100n, { step: STEP.standardize }],
  "100 returns": [100n, { step: STEP.returns }],
  "24 candles over 120 rounds": [96n, { interval: 5n * MINUTE, prices: ALL }],
  "24 candles over 120 rounds, standardized": [
    96n,
    { interval: 5n * MINUTE, prices: ALL, step: STEP.standardize },
  ],
};

describe("gas of PriceHistory", () => {
  it("equals test/snapshots/priceHistoryGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const { history, query, releaseOf, feedUntil } = await pricesOn(await network.create());
    const rounds = Array.from({ length: FED }, (_, i) => ({
      answer: 3_000n * 10n ** 8n + BigInt((i * 7_919) % 10_007) * 10n ** 6n,
      updatedAt: NOON - BigInt(FED - i) * MINUTE,
    }));
    const releases = new Map<string, string>();
    for (const [name, [elements]] of Object.entries(CASES)) {
      releases.set(name, await releaseOf({ elements }));
    }
    await feedUntil(rounds, NOON);
    const measured: Record<string, number> = {};
    for (const [name, [, overrides]] of Object.entries(CASES)) {
      const config = configOf(query(overrides));
      measured[name] = Number(await history.inputOf.estimateGas(releases.get(name)!, config));
    }

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  });
});
