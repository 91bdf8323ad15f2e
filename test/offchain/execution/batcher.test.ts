import { expect } from "chai";
import { createBatcher } from "../../../offchain/execution/batcher.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

/** A batcher that doubles, and what it was given. */
function doubling(options: { readonly maxSize: number; readonly maxDelayMs: number }) {
  const batches: number[][] = [];
  const batcher = createBatcher(options, (rows: readonly number[]) => {
    batches.push([...rows]);
    if (rows.includes(13)) return Promise.reject(new RangeError("13 cannot be doubled"));
    return Promise.resolve(rows.map((it) => 2 * it));
  });
  return { batches, batcher };
}

describe("createBatcher", () => {
  it("runs what comes together as one batch, and gives each its own answer", async () => {
    const { batches, batcher } = doubling({ maxSize: 8, maxDelayMs: 0 });
    const answers = await Promise.all([1, 2, 3].map((it) => batcher.submit(it)));
    expect(answers).to.deep.equal([2, 4, 6]);
    expect(batches).to.deep.equal([[1, 2, 3]]);
    expect(batcher.size()).to.equal(0);
  });

  it("makes no batch larger than it may be", async () => {
    const { batches, batcher } = doubling({ maxSize: 2, maxDelayMs: 0 });
    await Promise.all([1, 2, 3, 4, 5].map((it) => batcher.submit(it)));
    expect(batches).to.deep.equal([[1, 2], [3, 4], [5]]);
  });

  it("waits for others as long as it may, and no longer once it is full", async () => {
    const { batches, batcher } = doubling({ maxSize: 2, maxDelayMs: 3_600_000 });
    const first = batcher.submit(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).to.deep.equal([]);
    expect(await Promise.all([first, batcher.submit(2)])).to.deep.equal([2, 4]);
    const short = doubling({ maxSize: 2, maxDelayMs: 1 });
    expect(await short.batcher.submit(7)).to.equal(14);
  });

  it("fails only the row that fails, not those beside it", async () => {
    const { batches, batcher } = doubling({ maxSize: 8, maxDelayMs: 0 });
    const settled = await Promise.allSettled([1, 13, 3].map((it) => batcher.submit(it)));
    expect(settled.map(({ status }) => status)).to.deep.equal([
      ...["fulfilled", "rejected", "fulfilled"],
    ]);
    expect(batches).to.deep.equal([[1, 13, 3], [1], [13], [3]]);
  });

  it("leaves out what is aborted before its batch begins", async () => {
    const { batches, batcher } = doubling({ maxSize: 8, maxDelayMs: 0 });
    const controller = new AbortController();
    const aborted = codeOfPromise(batcher.submit(1, controller.signal));
    const kept = batcher.submit(2);
    controller.abort();
    expect(await aborted).to.equal("ABORTED");
    expect(await kept).to.equal(4);
    expect(await codeOfPromise(batcher.submit(3, AbortSignal.abort()))).to.equal("ABORTED");
    expect(batches).to.deep.equal([[2]]);
  });
});
