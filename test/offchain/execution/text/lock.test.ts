import { expect } from "chai";
import { createChannel } from "../../../../offchain/execution/text/channel.ts";
import { createLock } from "../../../../offchain/execution/text/lock.ts";

describe("createLock", () => {
  it("lets one at a time through, in the order of asking", async () => {
    const lock = createLock();
    const order: string[] = [];
    const work = async (name: string): Promise<void> => {
      const release = await lock.acquire();
      order.push(`${name} in`);
      await Promise.resolve();
      order.push(`${name} out`);
      release();
    };
    await Promise.all([work("a"), work("b"), work("c")]);
    expect(order).to.deep.equal(["a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  it("lets go of who does not want to wait any more, and keeps the others in order", async () => {
    const lock = createLock();
    const first = await lock.acquire();
    const impatient = new AbortController();
    const second = lock.acquire(impatient.signal).then(
      () => "in",
      (reason: unknown) => reason,
    );
    let isIn = false;
    const third = lock.acquire().then((release) => {
      isIn = true;
      release();
    });
    impatient.abort("enough");
    expect(await second).to.equal("enough");
    expect(isIn).to.be.false;
    first();
    await third;
    expect(isIn).to.be.true;
  });

  it("refuses who is late already", async () => {
    const refused = createLock().acquire(AbortSignal.abort("late"));
    expect(await refused.catch((reason: unknown) => reason)).to.equal("late");
  });
});

describe("createChannel", () => {
  const read = async (values: AsyncIterable<number>): Promise<readonly unknown[]> => {
    const seen: unknown[] = [];
    try {
      for await (const value of values) seen.push(value);
    } catch (error) {
      seen.push(error);
    }
    return seen;
  };

  it("hands over what was pushed before and while it is read", async () => {
    const channel = createChannel<number>();
    channel.push(1);
    const seen = read(channel.values());
    await Promise.resolve();
    channel.push(2);
    channel.push(3);
    await Promise.resolve();
    channel.push(4);
    channel.end();
    expect(await seen).to.deep.equal([1, 2, 3, 4]);
  });

  it("fails behind what came before", async () => {
    const channel = createChannel<number>();
    channel.push(1);
    channel.fail("broken");
    expect(await read(channel.values())).to.deep.equal([1, "broken"]);
  });
});
