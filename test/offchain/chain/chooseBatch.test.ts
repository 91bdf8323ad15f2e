import type { BatchLimits, GasMarket, PendingSettlement } from "@vouch/chain";
import { acceptablePrice, chooseBatch, isFull } from "@vouch/chain";
import { expect } from "chai";
import fc from "fast-check";

const LIMITS: BatchLimits = {
  maxItems: 8,
  maxGas: 3_000_000n,
  maxBytes: 20_000,
  baseGas: 100_000n,
  marginSeconds: 60,
  patienceSeconds: 600,
};
const NOW = 1_000_000;
const CHEAP: GasMarket = { now: 10n, low: 10n, high: 100n };
const DEAR: GasMarket = { now: 100n, low: 10n, high: 100n };

describe("chooseBatch", () => {
  it("waits where nothing is pending", () => {
    expect(chooseBatch([], CHEAP, LIMITS, NOW)).to.deep.equal({ action: "wait", until: undefined });
  });

  it("waits for a better price while the deadline is far, until its margin begins", () => {
    const choice = chooseBatch([item("a", 600)], DEAR, LIMITS, NOW);
    expect(choice).to.deep.equal({ action: "wait", until: NOW + 540 });
  });

  it("settles at any price within the margin", () => {
    expect(chooseBatch([item("a", 60)], DEAR, LIMITS, NOW)).to.deep.equal({
      action: "single",
      key: "a",
    });
  });

  it("settles together where that is cheaper, and alone where it is not", () => {
    const three = ["a", "b", "c"].map((it) => item(it, 3_600));
    expect(chooseBatch(three, CHEAP, LIMITS, NOW)).to.deep.equal({
      action: "batch",
      keys: ["a", "b", "c"],
    });
    const dear = three.map((it) => ({ ...it, batchedGas: it.singleGas }));
    expect(chooseBatch(dear, CHEAP, LIMITS, NOW)).to.deep.equal({ action: "single", key: "a" });
  });

  it("takes no more than fits, the nearest deadlines first", () => {
    const many = Array.from({ length: 20 }, (_, index) => item(`i${index}`, 4_000 - index));
    const choice = chooseBatch(many, CHEAP, LIMITS, NOW);
    expect(choice).to.deep.equal({
      action: "batch",
      keys: [19, 18, 17, 16, 15, 14, 13, 12].map((it) => `i${it}`),
    });
  });

  describe("given memory that costs the square of what is in it", () => {
    // Proofs of one circuit, as bench/gathering.ts measures them: 265,483 once, 116,459 each, and 51 n^2.
    const limits: BatchLimits = {
      ...LIMITS,
      ...{ maxItems: 1_000, maxGas: 100_000_000n, maxBytes: 1_000_000, baseGas: 95_483n },
      bytesSquaredPerGas: 48_300n,
    };
    const proofs = (count: number, circuit = "c"): PendingSettlement[] =>
      Array.from({ length: count }, (_, index) => ({
        ...item(`${circuit}${String(index).padStart(3, "0")}`, 3_600),
        ...{ singleGas: 346_939n, batchedGas: 116_459n, bytes: 1_564 },
        shared: { key: circuit, gas: 170_000n },
      }));
    const sizeOf = (items: readonly PendingSettlement[]): number => {
      const choice = chooseBatch(items, CHEAP, limits, NOW);
      return choice.action === "batch" ? choice.keys.length : 0;
    };

    it("takes as many as make it cheapest for each, and waits for more until then", () => {
      expect(sizeOf(proofs(200))).to.equal(Math.floor(Math.sqrt(265_483 / 50.6)));
      expect(isFull(proofs(72), limits)).to.equal(false);
      expect(isFull(proofs(80), limits)).to.equal(true);
    });

    it("takes more of several circuits, which have more to share", () => {
      const mixed = ["a", "b"].flatMap((circuit) => proofs(60, circuit));
      expect(sizeOf(mixed)).to.equal(Math.floor(Math.sqrt((265_483 + 170_000) / 50.6)) + 1);
    });

    it("leaves alone what one of another circuit would not pay for", () => {
      const shared = { key: "other", gas: 500_000n };
      const two = [...proofs(1), { ...proofs(1, "d")[0]!, shared }];
      expect(chooseBatch(two, CHEAP, limits, NOW)).to.include({ action: "single" });
    });
  });

  describe("properties", () => {
    const pending = fc.uniqueArray(
      fc.record({
        key: fc.string({ minLength: 1 }),
        deadline: fc.integer({ min: NOW - 100, max: NOW + 5_000 }),
        singleGas: fc.bigInt({ min: 50_000n, max: 4_000_000n }),
        batchedGas: fc.bigInt({ min: 10_000n, max: 4_000_000n }),
        bytes: fc.integer({ min: 0, max: 30_000 }),
      }),
      { selector: ({ key }) => key, maxLength: 30 },
    );
    const market = fc.record({
      now: fc.bigInt({ min: 0n, max: 1_000n }),
      low: fc.bigInt({ min: 0n, max: 1_000n }),
      high: fc.bigInt({ min: 0n, max: 1_000n }),
    });

    it("settles what is due, whatever gas costs", () => {
      fc.assert(
        fc.property(pending, market, (items, gas) => {
          const choice = chooseBatch(items, gas, LIMITS, NOW);
          const due = items.filter(({ deadline }) => deadline - NOW <= LIMITS.marginSeconds);
          if (due.length === 0) return;
          const first = due.toSorted((a, b) => a.deadline - b.deadline)[0]!;
          expect(choice.action).to.not.equal("wait");
          const chosen = keysOf(choice).map((key) => items.find((it) => it.key === key)!);
          expect(Math.min(...chosen.map(({ deadline }) => deadline))).to.equal(first.deadline);
        }),
      );
    });

    it("keeps to the limits, names each once, and batches only to save gas", () => {
      fc.assert(
        fc.property(pending, market, (items, gas) => {
          const choice = chooseBatch(items, gas, LIMITS, NOW);
          if (choice.action !== "batch") return;
          const chosen = items.filter(({ key }) => choice.keys.includes(key));
          expect(new Set(choice.keys).size).to.equal(choice.keys.length);
          expect(chosen).to.have.length(choice.keys.length);
          const batched = chosen.reduce((sum, it) => sum + it.batchedGas, LIMITS.baseGas);
          const single = chosen.reduce((sum, it) => sum + it.singleGas, 0n);
          expect(chosen.length <= LIMITS.maxItems).to.be.true;
          expect(batched <= LIMITS.maxGas).to.be.true;
          expect(chosen.reduce((sum, it) => sum + it.bytes, 0) <= LIMITS.maxBytes).to.be.true;
          expect(batched < single).to.be.true;
        }),
      );
    });

    it("waits for nothing that is past a margin", () => {
      fc.assert(
        fc.property(pending, market, (items, gas) => {
          const choice = chooseBatch(items, gas, LIMITS, NOW);
          if (choice.action !== "wait" || choice.until === undefined) return;
          const nearest = Math.min(...items.map(({ deadline }) => deadline));
          expect(choice.until).to.equal(nearest - LIMITS.marginSeconds);
        }),
      );
    });

    it("takes a higher price the nearer the deadline is", () => {
      const seconds = fc.integer({ min: NOW + LIMITS.marginSeconds + 1, max: NOW + 5_000 });
      fc.assert(
        fc.property(seconds, seconds, market, (one, other, gas) => {
          const [near, far] = [Math.min(one, other), Math.max(one, other)];
          const price = (deadline: number): bigint => acceptablePrice(deadline, gas, LIMITS, NOW);
          expect(price(near) >= price(far)).to.be.true;
          expect(price(far) >= gas.low).to.be.true;
          expect(price(near) <= (gas.high > gas.low ? gas.high : gas.low)).to.be.true;
        }),
      );
    });
  });
});

function item(key: string, left: number): PendingSettlement {
  return { key, deadline: NOW + left, singleGas: 250_000n, batchedGas: 60_000n, bytes: 900 };
}

function keysOf(choice: ReturnType<typeof chooseBatch>): readonly string[] {
  if (choice.action === "wait") return [];
  return choice.action === "single" ? [choice.key] : choice.keys;
}
