import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { pino } from "pino";
import { withdrawEarnings } from "../../../offchain/gateway/payment/voucher/withdrawEarnings.ts";
import { OPERATOR } from "../../helpers/trapdoorReceipt.ts";

const PAYERS: readonly Hex[] = ["0x01", "0x02"];

describe("withdrawEarnings", () => {
  /** Levels of what was logged. */
  let told: number[];
  let moved: (readonly Hex[])[];

  beforeEach(() => {
    [told, moved] = [[], []];
  });

  const withdraw = (from: bigint, hasEffect = true): Promise<void> =>
    withdrawEarnings(
      { ledger: OPERATOR, asset: OPERATOR, to: OPERATOR, from },
      {
        chain: {
          earnedFrom: () => Promise.resolve(3n),
          withdraw(requesters) {
            moved.push(requesters);
            return Promise.resolve(hasEffect);
          },
        },
        vouchers: { payers: () => Promise.resolve(PAYERS) },
        log: pino(
          { hooks: { logMethod: (_, __, level) => told.push(level) } },
          { write: () => undefined },
        ),
      },
    );

  it("moves what is enough, and says so", async () => {
    await withdraw(6n);
    expect(moved).to.deep.equal([PAYERS]);
    expect(told).to.deep.equal([30]);
  });

  it("moves nothing that is too little, or where it is not to", async () => {
    await withdraw(7n);
    await withdraw(0n);
    expect(moved).to.deep.equal([]);
  });

  it("does not say that it moved what it did not", async () => {
    await withdraw(6n, false);
    expect(told).to.deep.equal([40]);
  });
});
