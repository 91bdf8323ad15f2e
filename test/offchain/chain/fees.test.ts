import { bumped, capped } from "@vouch/chain";
import { expect } from "chai";
import fc from "fast-check";

const wei = fc.bigInt({ min: 0n, max: 10n ** 12n });
const dynamic = fc
  .record({ maxFeePerGas: wei, maxPriorityFeePerGas: wei })
  .filter((it) => it.maxPriorityFeePerGas <= it.maxFeePerGas);

describe("bumped", () => {
  it("replaces by an eighth or more of both, within the cap (property)", () => {
    fc.assert(
      fc.property(dynamic, dynamic, wei, (last, now, cap) => {
        const fees = bumped(last, now, cap);
        if (fees === undefined) {
          expect(9n * last.maxFeePerGas > 8n * cap - 8n).to.be.true; // there was no room
          return;
        }
        if ("gasPrice" in fees) throw new TypeError("another kind of transaction");
        expect(8n * fees.maxFeePerGas >= 9n * last.maxFeePerGas).to.be.true;
        expect(8n * fees.maxPriorityFeePerGas >= 9n * last.maxPriorityFeePerGas).to.be.true;
        expect(fees.maxFeePerGas > last.maxFeePerGas).to.be.true;
        expect(fees.maxFeePerGas <= cap).to.be.true;
        expect(fees.maxPriorityFeePerGas <= fees.maxFeePerGas).to.be.true;
      }),
    );
  });

  it("follows the chain's price where that rose by more", () => {
    const now = { maxFeePerGas: 500n, maxPriorityFeePerGas: 20n };
    const last = { maxFeePerGas: 100n, maxPriorityFeePerGas: 10n };
    expect(bumped(last, now, 1_000n)).to.deep.equal(now);
    expect(bumped(last, now, 300n)).to.deep.equal({
      maxFeePerGas: 300n,
      maxPriorityFeePerGas: 20n,
    });
  });

  it("bumps the one price of a chain without a base fee", () => {
    expect(bumped({ gasPrice: 80n }, { gasPrice: 70n }, 1_000n)).to.deep.equal({ gasPrice: 90n });
    expect(bumped({ gasPrice: 80n }, { gasPrice: 70n }, 89n)).to.equal(undefined);
  });
});

describe("capped", () => {
  it("exceeds the cap in neither", () => {
    const fees = { maxFeePerGas: 100n, maxPriorityFeePerGas: 60n };
    expect(capped(fees, 50n)).to.deep.equal({ maxFeePerGas: 50n, maxPriorityFeePerGas: 50n });
    expect(capped({ gasPrice: 100n }, 50n)).to.deep.equal({ gasPrice: 50n });
  });
});
