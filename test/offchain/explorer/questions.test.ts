import { expect } from "chai";
import { modelWhere } from "../../../offchain/explorer/src/data/listModels.ts";
import { requestWhere } from "../../../offchain/explorer/src/data/listRequests.ts";
import { checkManifest } from "../../../offchain/explorer/src/data/readManifest.ts";
import { readRequestFilter } from "../../../offchain/explorer/src/pages/requests/readRequestFilter.ts";
import { partIds } from "../../../offchain/explorer/src/release/partIds.ts";
import { sharesOf, usageOf } from "../../../offchain/explorer/src/release/usageOf.ts";

const DAY = 86_400;
const ID = `0x${"ab".repeat(32)}`;

describe("modelWhere", () => {
  const all = { search: "", deprecated: "shown", proven: false, orderBy: "requests" } as const;

  it("asks for all where nothing is chosen", () => {
    expect(modelWhere(all)).to.deep.equal({});
  });

  it("searches in lower case, and for signs as they are", () => {
    expect(modelWhere({ ...all, search: " 100%_A\\ " })).to.deep.equal({
      search_contains: "100\\%\\_a\\\\",
    });
  });

  it("leaves deprecated models out, or all others", () => {
    expect(modelWhere({ ...all, deprecated: "hidden" })).to.deep.equal({ deprecated: false });
    expect(modelWhere({ ...all, deprecated: "only" })).to.deep.equal({ deprecated: true });
  });
});

describe("requestWhere", () => {
  const all = { status: "", evidence: "", release: "", operator: "", requester: "" } as const;

  it("asks for all where nothing is chosen", () => {
    expect(requestWhere(all)).to.deep.equal({});
  });

  it("lists each set of kinds that has the one", () => {
    const { kinds_in: kinds } = requestWhere({ ...all, evidence: "zk" });
    expect(kinds).to.deep.equal([...Array(16).keys()].map((it) => it + 16));
  });

  it("finds simulated and development evidence by their flags", () => {
    const { flags_in: flags } = requestWhere({ ...all, evidence: "weak" });
    expect(flags).to.include.members([1, 4, 5, 33]).and.to.not.include.members([2]);
  });
});

describe("readRequestFilter", () => {
  it("leaves open what an address says that is no choice", () => {
    const params = new URLSearchParams({ status: "constructor", evidence: "x", release: "0x1" });
    expect(Object.values(readRequestFilter(params)).every((it) => it === "")).to.equal(true);
  });

  it("reads what is one", () => {
    const params = new URLSearchParams({ status: "open", evidence: "weak", release: ID });
    expect(readRequestFilter(params)).to.include({ status: "open", evidence: "weak", release: ID });
  });
});

describe("checkManifest", () => {
  it("takes nothing for a manifest that has another hash, or is none", () => {
    for (const text of [
      "",
      "{",
      "null",
      "[]",
      '{"format":"vouch.manifest/1"}',
      "[".repeat(100_000),
    ])
      expect(checkManifest(text, `0x${"00".repeat(32)}`)).to.deep.equal({ status: "forged" });
  });
});

describe("partIds", () => {
  it("reads ids alone or beside what they prove, and nothing else", () => {
    expect(partIds([ID.toUpperCase().replace("0X", "0x")])).to.deep.equal([ID]);
    expect(partIds([{ count: 4, circuit: ID }])).to.deep.equal([ID]);
    for (const it of [null, {}, ["0x1"], [1]]) expect(partIds(it)).to.deep.equal([]);
  });
});

describe("usageOf", () => {
  const row = (at: number, kinds: number, count: number) => ({
    ...{ at, kinds, count, weak: false, value: 1n },
  });

  it("fills in days without use", () => {
    const days = [row(0, -1, 2), row(0, 16, 1), row(0, 1, 1), row(2 * DAY, -1, 5)];
    expect(usageOf(days)).to.deep.equal([
      { at: 0, asked: 2, answered: 2 },
      { at: DAY, asked: 0, answered: 0 },
      { at: 2 * DAY, asked: 5, answered: 0 },
    ]);
    expect(usageOf([])).to.deep.equal([]);
  });

  it("adds up answers by what they rest on, the most first", () => {
    const shares = sharesOf([row(0, 1, 1), row(DAY, 16, 2), row(2 * DAY, 1, 3), row(0, -1, 9)]);
    expect(shares.map(({ kinds, count, value }) => [kinds, count, value])).to.deep.equal([
      [1, 4, 2n],
      [16, 2, 1n],
    ]);
  });
});
