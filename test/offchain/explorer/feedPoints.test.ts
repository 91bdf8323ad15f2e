import { expect } from "chai";
import { feedPoints } from "../../../offchain/explorer/src/pages/feeds/feedPoints.ts";

describe("feedPoints", () => {
  const round = (number: bigint, at: number, answer: bigint) => ({
    ...{ round: number, at, answer },
    confidence: 50n,
  });

  it("goes from the oldest round on, in units of the feed", () => {
    expect(feedPoints([round(2n, 20, -250n), round(1n, 10, 125n)], 2)).to.deep.equal([
      { at: 10, answer: 1.25, confidence: 0.5 },
      { at: 20, answer: -2.5, confidence: 0.5 },
    ]);
  });

  it("keeps the later of two rounds in one second", () => {
    const points = feedPoints([round(10n, 20, 300n), round(9n, 20, 100n)], 2);
    expect(points.map(({ answer }) => answer)).to.deep.equal([3]);
  });
});
