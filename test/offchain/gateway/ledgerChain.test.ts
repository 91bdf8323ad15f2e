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

  it("posts a batch that a node lost sight of by the same transaction, whatever became of its claims", async () => {
    const keys: string[] = [];
    const chain = createLedgerChain({ operator: OPERATOR, token: OPERATOR }, {
      ledger: {
        getAddress: () => Promise.resolve(OPERATOR),
        interface: { encodeFunctionData: () => "0x12" },
      },
      send({ key }: { key: string }) {
        keys.push(key);
        return Promise.resolve({ status: 1 });
      },
    } as unknown as LedgerChainDeps); // what a posting asks of it
    const batch = {
      ...{ root: OPERATOR, ledger: OPERATOR, count: 1, bond: 0n, note: null, fromBlock: 1, age: 0 },
      ...{ attempt: 0, posting: 0, posted: null },
    };
    await chain.post(batch);
    await chain.post({ ...batch, attempt: 3 });
    await chain.post({ ...batch, posting: 1 });
    const [first, claimed, reverted] = keys;
    expect(claimed).to.equal(first);
    expect(reverted).to.not.equal(first);
  });
});
