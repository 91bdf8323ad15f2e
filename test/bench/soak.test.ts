import { expect } from "chai";
import { differencesOf, tablesOf } from "../helpers/soak/report.ts";
import { FAULTS, planFaults } from "../helpers/soak/schedule.ts";

describe("what a soak plans", () => {
  it("is the same for the same seed, and another for another", () => {
    const planned = planFaults(1, 60_000, FAULTS);
    expect(planFaults(1, 60_000, FAULTS)).to.deep.equal(planned);
    expect(planFaults(2, 60_000, FAULTS)).to.not.deep.equal(planned);
  });

  it("has every kind of fault that there is before any comes again", () => {
    for (let seed = 0; seed < 20; seed++) {
      const names = planFaults(seed, 600_000, FAULTS).map(({ name }) => name);
      expect(new Set(names.slice(0, FAULTS.length)).size).to.equal(FAULTS.length);
    }
  });

  it("is over in its time, and has nothing that cannot be tried", () => {
    const planned = planFaults(3, 60_000, ["endpoint lags", "worker killed"]);
    expect(Math.max(...planned.map(({ atMs }) => atMs))).to.be.lessThan(60_000);
    expect(new Set(planned.map(({ name }) => name))).to.deep.equal(
      new Set(["endpoint lags", "worker killed"]),
    );
  });
});

describe("what a soak reports", () => {
  const same = { what: "escrow", unit: "wei", expected: 5n, found: 5n } as const;
  const other = { what: "stake", unit: "wei", expected: 5n, found: 3n } as const;

  it("names the accounts that differ, by how much", () => {
    expect(differencesOf({ rows: [same, other] })).to.deep.equal([other]);
    expect(tablesOf({ faults: [], rows: [same, other] })).to.match(/^stake +wei +5 +3 +-2$/m);
  });
});
