import { expect } from "chai";
import { createLanes } from "../../../offchain/worker/lanes.ts";

/** Lanes by the first letter, what was worked on together, and what lets the work on it end. */
function byLetter() {
  const batches: string[][] = [];
  const ends: (() => void)[] = [];
  const ask = createLanes<string, string>(
    (it) => it.slice(0, 1),
    (asked) =>
      new Promise((resolve) => {
        batches.push(asked.map((it) => it.ask));
        ends.push(() => {
          for (const it of asked)
            if (it.ask.endsWith("!")) it.reject(new RangeError(it.ask));
            else it.resolve(`${it.ask}.`);
          resolve();
        });
      }),
  );
  const end = async (): Promise<void> => {
    while (ends.length === 0) await new Promise(setImmediate);
    ends.shift()?.();
  };
  return { ask, batches, end };
}

describe("createLanes", () => {
  it("works at once on what comes in one turn, and tells each what became of it", async () => {
    const { ask, batches, end } = byLetter();
    const asked = Promise.allSettled(["a1", "a2!", "a3"].map(ask));
    await end();
    const settled = await asked;
    expect(settled.map(({ status }) => status)).to.deep.equal([
      ...["fulfilled", "rejected", "fulfilled"],
    ]);
    expect(settled[2]).to.have.property("value", "a3.");
    expect(batches).to.deep.equal([["a1", "a2!", "a3"]]);
  });

  it("gathers while it works, and works on one batch of a lane at a time", async () => {
    const { ask, batches, end } = byLetter();
    const first = ask("a1");
    while (batches.length === 0) await new Promise(setImmediate);
    const later = [ask("a2"), ask("a3")];
    await new Promise(setImmediate);
    expect(batches).to.deep.equal([["a1"]]);
    await end();
    await first;
    await end();
    expect(await Promise.all(later)).to.deep.equal(["a2.", "a3."]);
    expect(batches).to.deep.equal([["a1"], ["a2", "a3"]]);
  });

  it("lets no lane wait for another, and opens one anew that was empty", async () => {
    const { ask, batches, end } = byLetter();
    const both = [ask("a1"), ask("b1")];
    while (batches.length < 2) await new Promise(setImmediate);
    await end();
    await end();
    await Promise.all(both);
    const again = ask("a2");
    await end();
    expect(await again).to.equal("a2.");
    expect(batches).to.deep.equal([["a1"], ["b1"], ["a2"]]);
  });
});
