import { expect } from "chai";
import { compareFindings } from "../../scripts/analyze/explanations.ts";
import type { Analysis, Finding } from "../../scripts/analyze/finding.ts";
import { compareGaps } from "../../scripts/coverage/coverageGaps.ts";

const finding = (at: string): Finding => ({
  tool: "slither",
  rule: "timestamp",
  at,
  path: "contracts/A.sol",
  line: 1,
  message: "uses timestamp",
});
const ran = (...findings: readonly Finding[]): Analysis => ({
  tool: "slither",
  version: "1",
  findings,
});
const explanation = (at: string, rule = "timestamp") => ({
  tool: "slither",
  rule,
  at: [at],
  why: "because",
});

describe("compareFindings", () => {
  it("explains by tool, rule and place", () => {
    const analyses = [ran(finding("contracts/A.sol#A.f"))];
    const unexplainedBy = (at: string, rule?: string): number =>
      compareFindings(analyses, [explanation(at, rule)]).unexplained.length;
    expect(unexplainedBy("contracts/A.sol#A.f")).to.equal(0);
    expect(unexplainedBy("contracts/A.sol#*")).to.equal(0);
    expect(unexplainedBy("contracts/A.sol#A.g")).to.equal(1);
    expect(unexplainedBy("contracts/AXsol#A.f")).to.equal(1);
    expect(unexplainedBy("contracts/A.sol#A.f", "other")).to.equal(1);
  });

  it("calls an explanation stale where its analyser ran and found nothing", () => {
    expect(compareFindings([ran()], [explanation("contracts/A.sol#A.f")]).stale).to.have.lengthOf(
      1,
    );
    const absent = { tool: "slither", absent: "not on PATH" };
    expect(compareFindings([absent], [explanation("contracts/A.sol#A.f")]).stale).to.be.empty;
  });
});

describe("compareGaps", () => {
  it("wants every gap explained and every explanation a gap", () => {
    const gap = { at: "contracts/A.sol#A.f", what: "a > 1 is false", line: 3 };
    const file = {
      path: "contracts/A.sol",
      lines: 1,
      coveredLines: 1,
      outcomes: 2,
      coveredOutcomes: 1,
      gaps: [gap],
    };
    const explained = { at: gap.at, what: gap.what, why: "because" };
    expect(compareGaps([file], [])).to.deep.equal({ unexplained: [gap], stale: [] });
    expect(compareGaps([file], [explained])).to.deep.equal({ unexplained: [], stale: [] });
    expect(compareGaps([], [explained])).to.deep.equal({ unexplained: [], stale: [explained] });
  });
});
