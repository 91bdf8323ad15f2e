import { expect } from "chai";
import { bucketActivity } from "../../../offchain/explorer/src/activity/bucketActivity.ts";
import { stackAssurance } from "../../../offchain/explorer/src/activity/stackAssurance.ts";
import { stackModels } from "../../../offchain/explorer/src/activity/stackModels.ts";

const HOUR = 3_600;
const SPAN = { from: 0, to: 2 * HOUR, size: HOUR };
const row = (at: number, kinds: number, weak: boolean, count: number) => ({
  ...{ at, kinds, weak, count },
  ...{ value: BigInt(count) * 10n ** 18n, fees: BigInt(count) },
  ...{ seconds: BigInt(count) * 4n, gas: BigInt(count) * 100n },
});
/** Asked, signed, and signed by a simulated enclave. */
const ROWS = [row(0, -1, false, 5), row(0, 1, false, 3), row(10, 9, true, 1)];

describe("bucketActivity", () => {
  it("counts what was asked apart from answers, and averages over answers", () => {
    const [first] = bucketActivity(ROWS, SPAN);
    expect(first).to.deep.equal({
      ...{ at: 0, asked: 5, escrowed: 5n * 10n ** 18n, answered: 4 },
      ...{ fees: 4n, latency: 4, gas: 100 },
    });
  });

  it("has a bucket for a quiet hour, without averages", () => {
    const buckets = bucketActivity(ROWS, SPAN);
    expect(buckets.map(({ at }) => at)).to.deep.equal([0, HOUR, 2 * HOUR]);
    expect(buckets[1]).to.include({ asked: 0, answered: 0, latency: null, gas: null });
  });
});

describe("stackAssurance", () => {
  it("stacks answers by their kinds, the weak ones apart and in red", () => {
    const { points, series } = stackAssurance(ROWS, SPAN, "count");
    expect(series.map(({ name, colour }) => [name, colour])).to.deep.equal([
      ["signature", "var(--signature)"],
      ["signature + tee, weak", "var(--bad)"],
    ]);
    expect(points[0]).to.deep.equal({ at: 0, "1:strong": 3, "9:weak": 1 });
    expect(points[1]).to.deep.equal({ at: HOUR });
  });

  it("measures value in ether, of one kind, and of what is not weak", () => {
    const tee = stackAssurance(ROWS, SPAN, "value", { kind: "tee" });
    expect(tee.points[0]).to.deep.equal({ at: 0, "9:weak": 1 });
    expect(stackAssurance(ROWS, SPAN, "count", { kind: "tee", strongOnly: true }).series).to.be
      .empty;
  });

  it("tells weak layers apart, behind all others", () => {
    const rows = [row(0, 9, true, 1), row(0, 16, false, 1), row(0, 17, true, 1)];
    const { series } = stackAssurance(rows, SPAN, "count");
    expect(series.map(({ name }) => name)).to.deep.equal([
      "zk",
      "signature + tee, weak",
      "signature + zk, weak",
    ]);
    expect(new Set(series.map(({ colour }) => colour)).size).to.equal(3);
  });
});

describe("stackModels", () => {
  const rows = ROWS.filter(({ kinds }) => kinds !== -1).map((it) => ({ ...it, modelId: "a" }));
  const models = [
    { id: "a", name: "mine\u202e" },
    { id: "b", name: "mine" },
  ];

  it("gives each model its layers, and leaves out those of which nothing is left", () => {
    const { points, series } = stackModels({ models, rows }, "count");
    expect(points.map(({ id, values }) => [id, values])).to.deep.equal([
      ["a", { "1:strong": 3, "9:weak": 1 }],
    ]);
    expect(points[0]?.name).to.not.include("\u202e");
    expect(series.map(({ key }) => key)).to.deep.equal(["1:strong", "9:weak"]);
    expect(stackModels({ models, rows }, "value", { kind: "tee" }).points[0]?.values).to.deep.equal(
      { "9:weak": 1 },
    );
    expect(stackModels({ models, rows }, "count", { kind: "zk" }).points).to.deep.equal([]);
  });
});
