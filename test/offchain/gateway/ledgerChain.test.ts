import { createLedgerChain } from "@vouch/gateway";
import type { LedgerChainDeps } from "@vouch/gateway";
import { expect } from "chai";
import { OPERATOR } from "../../helpers/trapdoorReceipt.ts";

const POSTED = { batch: 1n, postedAt: 1, block: 5, transaction: OPERATOR };

describe("createLedgerChain", () => {
  it("names no block below a claim that it saw: a node that lags still has the deposit whole", async () => {
    let head = 80;
    const chain = createLedgerChain({ operator: OPERATOR, token: OPERATOR }, {
      ledger: {
        runner: {
          provider: { getBlock: () => Promise.resolve({ number: head, timestamp: head }) },
        },
        filters: { ItemPaid: () => ({}) },
        queryFilter: () =>
          Promise.resolve([{ args: { index: 0n }, transactionHash: OPERATOR, blockNumber: 80 }]),
      },
    } as unknown as LedgerChainDeps); // what these two ask of it
    await chain.paidIn(POSTED);
    head = 79;
    expect(await chain.head()).to.deep.equal({ block: 80, time: 79 });
    head = 81;
    expect(await chain.head()).to.deep.equal({ block: 81, time: 81 });
  });
});
