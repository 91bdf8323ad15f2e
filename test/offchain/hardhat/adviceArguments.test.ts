import { parseBranches } from "@vouch/protocol";
import { adviseOn } from "@vouch/sdk";
import { expect } from "chai";
import { id, parseEther } from "ethers";
import type { AdviceArguments } from "../../../offchain/hardhat/tasks/adviceArguments.ts";
import { readNeed } from "../../../offchain/hardhat/tasks/adviceArguments.ts";
import { adviceDetails, adviceTables } from "../../../offchain/hardhat/tasks/adviceTables.ts";
import { inEther, parseAmount, parseSpan } from "../../../offchain/hardhat/tasks/amounts.ts";
import { adviceFacts, AUDITOR, ETHER, releaseFacts } from "../../helpers/adviceFacts.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const NONE: AdviceArguments = {
  ...{ value: "0", within: "", budget: "", fee: "", work: "", policy: "", stake: "", cover: "" },
  ...{ attesters: "", circuits: "", vendorUpTo: "", panelUpTo: "" },
};

describe("parseAmount", () => {
  for (const [text, wei] of [
    ["2eth", 2n * ETHER],
    ["0.01eth", ETHER / 100n],
    ["1.5 ether", parseEther("1.5")],
    ["30gwei", 30n * 10n ** 9n],
    ["7wei", 7n],
    ["7", 7n],
    ["", undefined],
  ] as const) {
    it(`reads "${text}"`, () => {
      expect(parseAmount("value", text)).to.equal(wei);
    });
  }

  for (const text of ["eth", "-1eth", "1.5", "0.5wei", "2 apples", "1e18", "1_000", "0x10"]) {
    it(`refuses "${text}"`, () => {
      expect(codeOf(() => parseAmount("value", text))).to.equal("ARGUMENT_INVALID");
    });
  }
});

describe("parseSpan", () => {
  it("reads seconds, minutes, hours and days", () => {
    expect(["60s", "60", "5m", "2 h", "1d", ""].map((it) => parseSpan("within", it))).to.deep.equal(
      [60, 60, 300, 7_200, 86_400, undefined],
    );
  });

  it("refuses anything else", () => {
    for (const text of ["1w", "1.5h", "-1s", "soon"])
      expect(
        codeOf(() => parseSpan("within", text)),
        text,
      ).to.equal("ARGUMENT_INVALID");
  });
});

describe("inEther", () => {
  it("rounds up to a gwei, so that nothing is said to cost nothing", () => {
    expect([0n, 1n, ETHER, ETHER + 1n].map(inEther)).to.deep.equal([
      "0",
      "0.000000001",
      "1",
      "1.000000001",
    ]);
  });
});

describe("readNeed", () => {
  it("reads what is at stake, the bounds, the policy and whom the asker believes", () => {
    const circuit = id("circuit");
    const args = { value: "2eth", within: "60s", budget: "0.01eth", fee: "1", work: "3s" };
    const beliefs = { attesters: AUDITOR, circuits: circuit, vendorUpTo: "1eth", panelUpTo: "2" };
    expect(
      readNeed({ ...NONE, ...args, ...beliefs, policy: "quorum:2of3", stake: "3", cover: "2" }),
    ).to.deep.equal({
      valueAtStake: 2n * ETHER,
      maxSeconds: 60,
      budget: ETHER / 100n,
      fee: 1n,
      workSeconds: 3,
      policy: parseBranches("quorum:2of3"),
      terms: { stake: 3n, cover: 2n, bond: 0n },
      believes: { attesters: [AUDITOR], circuits: [circuit], vendorUpTo: ETHER, panelUpTo: 2n },
    });
  });

  it("sets no bound that is not given", () => {
    expect(Object.keys(readNeed(NONE))).to.have.members(["valueAtStake", "believes"]);
  });

  it("refuses whom nobody could be", () => {
    for (const change of [{ attesters: "0x12" }, { circuits: AUDITOR }, { policy: "trust" }])
      expect(codeOf(() => readNeed({ ...NONE, ...change }))).to.equal("ARGUMENT_INVALID");
  });
});

describe("adviceTables", () => {
  const need = readNeed({ ...NONE, value: "200eth", attesters: AUDITOR });
  const chosen = parseBranches("signature");
  const advice = adviseOn(adviceFacts(releaseFacts(), { need, chosen }), need);

  it("marks what is recommended, and says what the asker's own lacks", () => {
    const rows = adviceTables(advice)[0]?.rows ?? [];
    expect(rows[1]).to.include.members(["signature (yours)", "nothing", "too weak"]);
    expect(rows.filter(([policy]) => policy?.endsWith(" *") === true)).to.have.length(1);
    expect(new Set(rows.map((row) => row.length)).size).to.equal(1);
  });

  it("says what to ask for, and whom one trusts", () => {
    const text = adviceDetails(advice).join("\n");
    expect(text).to.match(/ask for a stake of [\d.]+ ether, a cover of 0,/);
    expect(text).to.include(AUDITOR);
  });
});
