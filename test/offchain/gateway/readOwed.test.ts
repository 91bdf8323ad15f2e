import type { Hex, PaymentId } from "@vouch/protocol";
import { VOUCHER_SCHEME } from "@vouch/protocol";
import type { BatchedVoucher, VoucherBatch } from "@vouch/queue";
import { expect } from "chai";
import { readOwed } from "@vouch/gateway";
import { OPERATOR } from "../../helpers/trapdoorReceipt.ts";

const ROOTS: readonly Hex[] = ["0x01", "0x02", "0x03"];
const REQUIREMENTS = { scheme: VOUCHER_SCHEME, extra: { name: "A", version: "1" } };

describe("readOwed", () => {
  it("knows what batches are owed by, and holds the items of one at a time", async () => {
    let [held, most] = [0, 0];
    const terms = JSON.stringify({ requirements: REQUIREMENTS });
    const binding = { asset: OPERATOR, payTo: OPERATOR, terms };
    const owed = await readOwed(
      { open: () => Promise.resolve([]) },
      {
        open: () => Promise.resolve(ROOTS.map((root) => ({ root }) as VoucherBatch)),
        async items() {
          most = Math.max(most, (held += 1));
          await Promise.resolve();
          held -= 1;
          return [{ paid: { binding } } as BatchedVoucher<PaymentId>];
        },
      },
      OPERATOR,
    );
    expect(owed.schemes).to.deep.equal(new Set([VOUCHER_SCHEME]));
    expect(owed.tokens).to.deep.equal([{ asset: OPERATOR, name: "A", version: "1" }]);
    expect(owed.payees).to.deep.equal([]);
    expect(most).to.equal(1);
  });
});
