import { expect } from "chai";
import fc from "fast-check";
import { createStopFilter } from "../../../../offchain/execution/text/stopFilter.ts";

function filtered(stops: readonly string[], pieces: readonly string[]): string[] {
  const filter = createStopFilter(stops);
  return [...pieces.map(filter.push), filter.end()];
}

describe("createStopFilter", () => {
  it("lets everything through without a stop text", () => {
    expect(filtered([], ["a", "bc"])).to.deep.equal(["a", "bc", ""]);
  });

  it("holds back what may begin a stop text, until it is known", () => {
    expect(filtered(["END"], ["on E", "N", "E", "ND more"])).to.deep.equal([
      "on ",
      "",
      "EN",
      "",
      "",
    ]);
    expect(filtered(["END"], ["on E", "N"])).to.deep.equal(["on ", "", "EN"]);
  });

  it("shows nothing of a stop text nor behind it, and says that it stopped", () => {
    const filter = createStopFilter(["\n\n"]);
    expect([filter.push("a\n"), filter.stopped()]).to.deep.equal(["a", false]);
    expect([filter.push("\nb"), filter.stopped()]).to.deep.equal(["", true]);
    expect([filter.push("c"), filter.end()]).to.deep.equal(["", ""]);
  });

  it("stops at the one that is whole first, and of those that end together at the longest", () => {
    expect(filtered(["bcde", "cd"], ["abcdef"]).join("")).to.equal("ab");
    expect(filtered(["cd", "bcd"], ["abcdef"]).join("")).to.equal("a");
  });

  it("shows the same whatever the pieces are", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 30 });
    const stop = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        letters,
        fc.array(stop, { maxLength: 3 }),
        fc.integer({ min: 1, max: 5 }),
        (text, stops, size) => {
          const pieces = text.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
          const end = Array.from({ length: text.length }).findIndex((_, i) =>
            stops.some((it) => text.slice(0, i + 1).endsWith(it)),
          );
          const before = text.slice(0, end + 1);
          const longest = Math.max(
            ...stops.filter((it) => before.endsWith(it)).map((it) => it.length),
          );
          const expected = end === -1 ? text : before.slice(0, -longest);
          expect(filtered(stops, pieces).join("")).to.equal(expected);
        },
      ),
      { seed: 11, numRuns: 2000 },
    );
  });
});
